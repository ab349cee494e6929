package vrrp

import (
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
)

// Every scenario goes on as if nothing had happened when each machine is saved, taken through JSON, and restored after
// every single step. The random lans do the same.
func TestScenariosSavedAndRestored(t *testing.T) {
	for _, file := range scenarioFiles(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			l := newLAN()
			l.reborn = true
			got := play(t, string(want), l)
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
		})
	}
}

// notSaved are the fields that Save leaves out, and why.
var notSaved = map[string]string{
	"cfg":      "the caller hands it to Restore, but for the priority and the grid",
	"grouped":  "NewGroup sets it",
	"follower": "NewGroup sets it",
	"boxed":    "a copy of sent",
	"out":      "of the last step only",
}

// Each field of a machine comes back from JSON, or stands in notSaved. A field that is added and forgotten in Save fails
// here.
func TestEveryFieldIsSaved(t *testing.T) {
	for _, path := range leaves(reflect.TypeFor[Machine](), "") {
		if _, ok := notSaved[path[:strings.IndexByte(path+".", '.')]]; ok {
			continue
		}
		t.Run(path, func(t *testing.T) {
			m := NewMachine(stock(100))
			m.bye = &farewell{}
			want := fieldOf(m, path)
			fill(want)
			got := fieldOf(throughJSON(t, m), path)
			if diff := cmp.Diff(want.Interface(), got.Interface(), addrComparer); diff != "" {
				t.Errorf("%s (-saved +restored):\n%s", path, diff)
			}
		})
	}
}

func TestThePriorityAndTheGridAreSaved(t *testing.T) {
	cfg := stock(100)
	cfg.Grid = epoch.Add(123 * time.Millisecond)
	m := NewMachine(cfg)
	m.Step(epoch, PriorityChanged{Priority: 42})
	got := throughJSON(t, m).Config()
	if got.Priority != 42 || !got.Grid.Equal(cfg.Grid) {
		t.Errorf("priority %d, grid %v: want 42 and %v", got.Priority, got.Grid, cfg.Grid)
	}
}

// A clock that counts differently in the next process does not move a timer.
func TestTimersAreSavedAsDistances(t *testing.T) {
	b := newBackup(t, stock(100))
	b.after(time.Second)
	later := b.now.Add(1000 * time.Hour)
	restored := Restore(later, stock(100), b.m.Save(b.now))
	if got := restored.Deadline().Sub(later); got != down100-time.Second {
		t.Errorf("the deadline is in %v, want %v", got, down100-time.Second)
	}
}

// What is saved stays as it was while the machine goes on.
func TestASavedFarewellIsNotShared(t *testing.T) {
	cfg := stock(100)
	cfg.Addresses = addrs("192.0.2.100", "192.0.2.101")
	b := newActive(t, cfg)
	b.do(Leave{Reason: ReasonStop}, from(lowAddr, 90, 100))
	s := b.m.Save(b.now)
	left := slices.Clone(s.Farewell.Left)
	again := Restore(b.now, cfg, s)
	b.do(Announced{Address: vip1})
	again.Step(b.now, Announced{Address: vip1})
	if diff := cmp.Diff(left, s.Farewell.Left, addrComparer); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNamesAreSaved(t *testing.T) {
	b := newActive(t, stock(100))
	b.do(FaultChanged{Fault: FaultNoCarrier}, Leave{Reason: ReasonStandby})
	text, err := json.Marshal(b.m.Save(b.now))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"State":"Initialize"`, `"Fault":"no-carrier"`, `"Absent":"standby"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	for _, e := range []any{new(State), new(Reason), new(Fault)} {
		if err := json.Unmarshal([]byte(`"master"`), e); err == nil {
			t.Errorf("%T took an unknown name", e)
		}
	}
}

// throughJSON saves a machine and restores it.
func throughJSON(t *testing.T, m *Machine) *Machine {
	t.Helper()
	text, err := json.Marshal(m.Save(epoch))
	if err != nil {
		t.Fatal(err)
	}
	var s Saved
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return Restore(epoch, m.cfg, s)
}

// leaves returns the paths of all fields of a struct that are no structs of this package themselves.
func leaves(t reflect.Type, prefix string) (paths []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct && inner.PkgPath() == t.PkgPath() {
			paths = append(paths, leaves(inner, prefix+f.Name+".")...)
		} else {
			paths = append(paths, prefix+f.Name)
		}
	}
	return paths
}

// fieldOf returns a field of a machine, exported or not, for reading and writing.
func fieldOf(m *Machine, path string) reflect.Value {
	v := reflect.ValueOf(m).Elem()
	for name := range strings.SplitSeq(path, ".") {
		if v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		v = v.FieldByName(name)
		v = reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
	}
	return v
}

// fill makes a field differ from what it would be by itself.
func fill(v reflect.Value) {
	switch p := v.Addr().Interface().(type) {
	case *time.Time:
		*p = epoch.Add(-5 * time.Second)
	case *[]time.Duration:
		*p = []time.Duration{time.Second}
	case *netip.Addr:
		*p = highAddr
	case *[]netip.Addr:
		*p = []netip.Addr{vip2}
	case *bool:
		*p = !*p
	default:
		if v.CanUint() {
			v.SetUint(v.Uint() + 1)
		} else {
			v.SetInt(v.Int() + 1)
		}
	}
}
