package lab

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestTenuresOfAHandOver(t *testing.T) {
	changes := []AddressChange{
		{At: at(1), Host: "www1", Change: Added},
		{At: at(2), Host: "www1", Change: Renewed},
		{At: at(10), Host: "www2", Change: Added},
		{At: at(12), Host: "www1", Change: Removed},
		{At: at(13), Host: "www1", Change: Removed}, // of an address it does not have
		{At: at(20), Host: "www1", Change: Renewed}, // whose addition was missed
	}
	want := []Tenure{
		{Host: "www1", From: at(1), To: at(12)},
		{Host: "www2", From: at(10)},
		{Host: "www1", From: at(20)},
	}
	if d := cmp.Diff(want, tenures(changes)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestWhoHoldsIt(t *testing.T) {
	all := []Tenure{
		{Host: "www1", From: at(0), To: at(12)},
		{Host: "www2", From: at(10), To: at(50)},
		{Host: "www1", From: at(50)},
	}
	for _, c := range []struct {
		ms   float64
		want []string
	}{
		{-1, nil}, {0, []string{"www1"}}, {10, []string{"www1", "www2"}}, {12, []string{"www2"}}, {50, []string{"www1"}}, {1e6, []string{"www1"}},
	} {
		if got := HoldersAt(all, at(c.ms)); !slices.Equal(got, c.want) {
			t.Errorf("at %v ms %v hold it, want %v", c.ms, got, c.want)
		}
	}
}

func TestSoleHolder(t *testing.T) {
	all := []Tenure{
		{Host: "www1", From: at(0), To: at(12)},
		{Host: "www2", From: at(10), To: at(50)},
		{Host: "www1", From: at(60), To: at(70)},
		{Host: "www1", From: at(71)},
	}
	for _, c := range []struct {
		name     string
		from, to float64
		want     string
	}{
		{"before the other came", 1, 9, "www1"},
		{"another came at the end", 1, 10, ""},
		{"both all the time", 10.5, 11.5, ""},
		{"another left in between", 11, 20, ""},
		{"after the other left", 12, 49, "www2"},
		{"until it left", 13, 50, "www2"},
		{"nobody", 51, 59, ""},
		{"nobody at first", 55, 65, ""},
		{"nobody in the end", 65, 70.5, ""},
		{"the same one with a break", 65, 80, ""},
		{"still", 71, 1000, "www1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := SoleHolder(all, at(c.from), at(c.to))
			if got != c.want && ok || ok != (c.want != "") {
				t.Errorf("%q held it alone (%t), want %q", got, ok, c.want)
			}
		})
	}
	if host, ok := SoleHolder(nil, at(0), at(1)); ok {
		t.Errorf("%q alone holds what nobody ever held", host)
	}
}

func TestLongestShared(t *testing.T) {
	for _, c := range []struct {
		name     string
		all      []Tenure
		from, to float64
		want     time.Duration
	}{
		{"nobody", nil, 0, 100, 0},
		{"one", []Tenure{{Host: "a", From: at(0)}}, 0, 100, 0},
		{"one after the other", []Tenure{{Host: "a", From: at(0), To: at(50)}, {Host: "b", From: at(50)}}, 0, 100, 0},
		{"a hand-over", []Tenure{{Host: "a", From: at(0), To: at(52)}, {Host: "b", From: at(50)}}, 0, 100, 2 * time.Millisecond},
		{"the longer one", []Tenure{
			{Host: "a", From: at(0), To: at(12)},
			{Host: "b", From: at(10), To: at(50)},
			{Host: "a", From: at(45), To: at(60)},
		}, 0, 100, 5 * time.Millisecond},
		{"three that take turns", []Tenure{
			{Host: "a", From: at(0), To: at(20)},
			{Host: "b", From: at(10), To: at(30)},
			{Host: "c", From: at(15), To: at(40)},
		}, 0, 100, 20 * time.Millisecond},
		{"still going on", []Tenure{{Host: "a", From: at(0)}, {Host: "b", From: at(90)}}, 0, 100, 10 * time.Millisecond},
		{"only what lies inside", []Tenure{{Host: "a", From: at(0)}, {Host: "b", From: at(0)}}, 40, 70, 30 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := LongestShared(c.all, at(c.from), at(c.to)); got != c.want {
				t.Errorf("it was shared for %s, want %s", got, c.want)
			}
		})
	}
}

func TestAloneSince(t *testing.T) {
	for _, c := range []struct {
		name string
		all  []Tenure
		want time.Time
	}{
		{"nobody", nil, time.Time{}},
		{"another", []Tenure{{Host: "b", From: at(0)}}, time.Time{}},
		{"both", []Tenure{{Host: "a", From: at(0)}, {Host: "b", From: at(5)}}, time.Time{}},
		{"since it came", []Tenure{{Host: "b", From: at(0), To: at(20)}, {Host: "a", From: at(30)}}, at(30)},
		{"since the other left", []Tenure{{Host: "b", From: at(0), To: at(20)}, {Host: "a", From: at(10)}}, at(20)},
		{"all along", []Tenure{{Host: "a", From: at(0)}}, at(5)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := aloneSince(c.all, "a", at(5)); !got.Equal(c.want) {
				t.Errorf("it is alone since %v, want %v", got, c.want)
			}
		})
	}
}

// Whatever the kernel says in whatever order, an address is held from its first addition to its last removal.
func TestHoldingAgreesWithASetOfPlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		known, model := make(holding), make(map[Address]bool)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			a := Address{
				Ifindex: rapid.IntRange(1, 2).Draw(t, "ifindex"),
				Prefix:  netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, 100}), rapid.SampledFrom([]int{24, 32}).Draw(t, "bits")),
			}
			added := rapid.Bool().Draw(t, "added")
			had := len(model) > 0
			model[a] = added
			if !added {
				delete(model, a)
			}
			change, ok := known.apply(a, added)
			want := Change(0)
			switch {
			case added && had:
				want = Renewed
			case added:
				want = Added
			case had && len(model) == 0:
				want = Removed
			}
			if ok != (want != 0) || ok && change != want {
				t.Fatalf("%v added %t: %v %t, want %v", a, added, change, ok, want)
			}
			if known.has(a.Prefix.Addr()) != (len(model) > 0) {
				t.Fatalf("the address is held: %t", known.has(a.Prefix.Addr()))
			}
		}
	})
}

func TestResyncTellsTheDifference(t *testing.T) {
	address := func(last byte) Address {
		return Address{Ifindex: 2, Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, last}), 32)}
	}
	known := make(holding)
	for _, n := range []byte{3, 1, 2} {
		known.apply(address(n), true)
	}
	got := known.replace([]Address{address(5), address(2), address(4)})
	want := []difference{
		{address(1).Prefix.Addr(), Removed},
		{address(3).Prefix.Addr(), Removed},
		{address(4).Prefix.Addr(), Added},
		{address(5).Prefix.Addr(), Added},
	}
	if !slices.Equal(got, want) {
		t.Errorf("the differences are %v, want %v", got, want)
	}
	if again := known.replace([]Address{address(2), address(4), address(5)}); len(again) > 0 {
		t.Errorf("the same again differs by %v", again)
	}
}
