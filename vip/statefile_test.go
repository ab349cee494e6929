package vip

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func TestStateFileNamesAddressesAndSettings(t *testing.T) {
	managed(t, nil, func(t *testing.T, b *bench) {
		b.configure("web", vip6, "192.0.2.100/24")
		b.claim(1, vip6, "192.0.2.100/24")
		b.forget()
		want := `{
	"version": 1,
	"addresses": [
		{
			"link": "eth0",
			"index": 2,
			"address": "192.0.2.100/24"
		},
		{
			"link": "eth0",
			"index": 2,
			"address": "2001:db8::100/128"
		}
	],
	"promote_secondaries": [
		{
			"link": "eth0",
			"index": 2
		}
	]
}
`
		got, err := os.ReadFile(b.file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("state file (-want +got):\n%s", diff)
		}
	})
}

func TestStateFileIsWrittenOnlyWhenItChanges(t *testing.T) {
	managed(t, nil, func(t *testing.T, b *bench) {
		b.configure("web", vipA)
		b.claim(1, vipA)
		synctest.Wait()
		if err := os.Remove(b.file); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			time.Sleep(time.Second)
			b.m.Renew("web", 3*time.Second, 2)
			b.m.Announce("web")
			b.m.Nudge()
			synctest.Wait()
		}
		if _, err := os.Stat(b.file); err == nil {
			t.Error("the state file was written for a renewal")
		}
		b.m.Set("web", Want{})
		synctest.Wait()
		if got, err := os.ReadFile(b.file); err != nil || strings.Contains(string(got), "192.0.2.100") {
			t.Errorf("after the release: %q, %v", got, err)
		}
		b.forget()
	})
}

func TestUnusableStateFileIsAnEmptyOne(t *testing.T) {
	for _, content := range []string{
		"", "null", "{", `{"version":1,"addresses":[]}{"version":1,"addr`, `{"version":2}`, `[]`,
		`{"version":1,"addresses":[{"link":"eth0","index":2,"address":"x"}]}`,
		`{"version":1,"addresses":[{"link":"eth0","index":2}]}`,
		`{"version":1,"addresses":[{"link":"eth0","address":"192.0.2.101/32"}]}`,
	} {
		managed(t, func(b *bench) {
			if err := os.WriteFile(b.file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			b.kernel.leftover(2, vipB, 0)
		}, func(t *testing.T, b *bench) {
			b.configure("web", vipA)
			b.claim(1, vipA)
			b.wantOps("works all the same", "add 192.0.2.100/32 dev 2 lease 3s")
			if !strings.Contains(b.log.String(), "the state file cannot be used") {
				t.Errorf("state file %q is not complained about: %s", content, b.log.String())
			}
			b.forget()
		})
	}
}

func TestStateFileThatCannotBeWrittenIsNamedOnce(t *testing.T) {
	managed(t, func(b *bench) { b.m.stateFile = filepath.Join(t.TempDir(), "missing", "state") }, func(t *testing.T, b *bench) {
		b.configure("web", vipA)
		for range 3 {
			b.claim(1, vipA)
			synctest.Wait()
			b.m.Set("web", Want{})
			b.wantKernel("works all the same", "")
		}
		if n := strings.Count(b.log.String(), "writing the state file"); n != 1 {
			t.Errorf("named %d times, want once: %s", n, b.log.String())
		}
		b.forget()
	})
}

func TestStateFileIsWrittenWhenItCanBe(t *testing.T) {
	managed(t, nil, func(t *testing.T, b *bench) {
		b.configure("web", vipA)
		if err := os.Mkdir(b.file+".new", 0o700); err != nil { // stands for a full disk
			t.Fatal(err)
		}
		b.m.Set("web", forever(want(vipA)))
		b.wantResults("held all the same", "web#0 held")
		time.Sleep(time.Minute)
		b.forget()
		if n := strings.Count(b.log.String(), "writing the state file"); n != 1 {
			t.Errorf("named %d times, want once: %s", n, b.log.String())
		}
		var n int
		b.kernel.change(func() { n = b.kernel.readings })
		if n > 70 {
			t.Errorf("%d readings of the kernel in a minute of it", n)
		}
		if err := os.Remove(b.file + ".new"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(saveDelay)
		b.forget()
		if got, err := os.ReadFile(b.file); err != nil || !strings.Contains(string(got), vipA) {
			t.Errorf("state file %q, %v, want it written", got, err)
		}
		b.forget()
	})
}

// Where addresses carry no mark, one that is not in the file is somebody else's for the next run: it is written down
// before it is put up. Elsewhere the file can wait, and the claim cannot.
func TestStateFileNamesAnAddressBeforeItIsUpWhereThereAreNoMarks(t *testing.T) {
	const both = "192.0.2.100/32 192.0.2.101/32"
	for _, tt := range []struct {
		marks, refused bool
		during, after  string // what is in the file
	}{{false, false, both, both}, {false, true, both, "192.0.2.100/32"}, {true, false, "", both}} {
		inFile := func(b *bench) string {
			content, _ := os.ReadFile(b.file)
			s, _ := decodeState(content)
			var found []string
			for _, a := range s.Addresses {
				found = append(found, a.Address.String())
			}
			return strings.Join(found, " ")
		}
		managed(t, func(b *bench) {
			b.kernel.noMarks = !tt.marks
			if tt.marks {
				b.kernel.host(3, "203.0.113.1/24")
				b.kernel.addrs[0].Proto = 3
			}
			if tt.refused {
				b.kernel.refuse["add 192.0.2.101"] = unix.EPERM
			}
		}, func(t *testing.T, b *bench) {
			b.configure("web", vipA, vipB)
			during := "nothing was put up"
			b.kernel.change(func() { b.kernel.onApply = func() { during = inFile(b) } })
			b.claim(1, vipA, vipB)
			synctest.Wait()
			if after := inFile(b); during != tt.during || after != tt.after {
				t.Errorf("marks %v, refused %v: in the file during the claim %q and after it %q, want %q and %q",
					tt.marks, tt.refused, during, after, tt.during, tt.after)
			}
			b.kernel.change(func() { b.kernel.onApply = nil })
			b.forget()
		})
	}
}

func TestPromoteSecondariesIsOnWhileInUse(t *testing.T) {
	managed(t, func(b *bench) { b.kernel.host(2, "192.0.2.1/24") }, func(t *testing.T, b *bench) {
		b.configure("web", vipA, "192.0.2.101/24")
		b.claim(1, vipA)
		b.forget()
		if b.kernel.promote[2] {
			t.Error("switched on for a /32")
		}
		b.claim(2, "192.0.2.101/24")
		b.forget()
		if !b.kernel.promote[2] || b.kernel.promote[3] {
			t.Errorf("promote_secondaries %v, want on for link 2", b.kernel.promote)
		}
		b.kernel.Promote(2, false)
		time.Sleep(time.Second)
		b.m.Renew("web", 3*time.Second, 3)
		b.forget()
		if !b.kernel.promote[2] {
			t.Error("not switched on again after somebody reset it")
		}
		b.m.Set("web", Want{})
		if err := b.stop(); err != nil {
			t.Fatal(err)
		}
		if b.kernel.promote[2] {
			t.Error("not restored at the end")
		}
	})
}

func TestPromoteSecondariesStaysWhileAddressesStay(t *testing.T) {
	managed(t, nil, func(t *testing.T, b *bench) {
		b.configure("web", "192.0.2.101/24")
		b.claim(1, "192.0.2.101/24")
		b.forget()
		if err := b.stop(); err != nil {
			t.Fatal(err)
		}
		if !b.kernel.promote[2] {
			t.Error("restored although an address is left")
		}
		time.Sleep(5 * time.Second)
		successor(b, func(next *bench) { next.configure("web") })
		if b.kernel.promote[2] {
			t.Error("not restored by the next run, when the address is gone")
		}
	})
}

func TestPromoteSecondariesThatWasOnStaysOn(t *testing.T) {
	managed(t, func(b *bench) { b.kernel.promote[2] = true }, func(t *testing.T, b *bench) {
		b.configure("web", "192.0.2.101/24")
		b.claim(1, "192.0.2.101/24")
		b.m.Set("web", Want{})
		b.forget()
		if err := b.stop(); err != nil {
			t.Fatal(err)
		}
		if !b.kernel.promote[2] {
			t.Error("switched off although it was on before")
		}
	})
}

// As long as it is off, taking ours down for a moment would take the host's own address with it.
func TestPromoteSecondariesIsTriedAgainUntilItIsOn(t *testing.T) {
	managed(t, func(b *bench) { b.kernel.settingErr = unix.EMFILE }, func(t *testing.T, b *bench) {
		b.configure("web", "192.0.2.100/24")
		b.m.Set("web", forever(want("192.0.2.100/24")))
		b.forget()
		b.kernel.host(2, "192.0.2.1/24")
		time.Sleep(nudgeGap)
		b.m.Nudge()
		b.wantKernel("not safe", "eth0 192.0.2.100/24 proto 112\neth0 192.0.2.1/24 secondary\n")
		if n := strings.Count(b.log.String(), "promote_secondaries"); n != 1 {
			t.Errorf("named %d times, want once: %s", n, b.log.String())
		}
		b.kernel.change(func() { b.kernel.settingErr = nil })
		time.Sleep(nudgeGap)
		b.m.Nudge()
		b.wantKernel("safe", "eth0 192.0.2.1/24\neth0 192.0.2.100/24 proto 112 secondary\n")
		b.m.Set("web", Want{})
		b.forget()
	})
}

func TestHostsAddressComesBackBeforeOurs(t *testing.T) {
	managed(t, func(b *bench) { b.kernel.host(2, "192.0.2.1/24") }, func(_ *testing.T, b *bench) {
		b.configure("web", "192.0.2.100/24")
		b.claim(1, "192.0.2.100/24")
		b.forget()
		b.kernel.del(2, "192.0.2.1/24")
		b.wantKernel("promoted", "eth0 192.0.2.100/24 proto 112 valid 3s\n")
		b.kernel.host(2, "192.0.2.1/24")
		time.Sleep(nudgeGap)
		b.m.Nudge()
		b.wantKernel("in order again", "eth0 192.0.2.1/24\neth0 192.0.2.100/24 proto 112 secondary valid 2s\n")
		b.wantResults("that is no event")
		b.forget()
		b.m.Set("web", Want{})
		b.wantKernel("released", "eth0 192.0.2.1/24\n")
	})
}

func TestDecodeStateRoundTrip(t *testing.T) {
	want := state{
		Version: stateVersion,
		Addresses: []stateAddress{
			{stateLink{"eth0", 2}, netip.MustParsePrefix(vipA), "eth0:1"}, {stateLink{"eth1", 3}, netip.MustParsePrefix(vip6), ""},
		},
		PromoteSecondaries: []stateLink{{"eth0", 2}},
	}
	content, err := encodeState(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeState(content)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(stateAddress{}), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
