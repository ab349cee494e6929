package vip

import (
	"testing"
	"testing/synctest"
	"time"
)

// successor runs a second Manager after b was killed: it left everything as it was.
func successor(b *bench, test func(*bench)) {
	b.t.Helper()
	next := newBench(b.t, b.kernel, b.file)
	next.run()
	synctest.Wait()
	test(next)
	if err := next.stop(); err != nil {
		b.t.Errorf("second Run: %v", err)
	}
}

func TestLeftoversAfterKill(t *testing.T) {
	managed(t, nil, func(_ *testing.T, b *bench) {
		b.configure("web", vipA, vipB)
		b.claim(1, vipA, vipB)
		b.forget()
		time.Sleep(time.Second)
		successor(b, func(next *bench) {
			next.wantOps("nothing before the configuration is known")
			next.configure("web", vipA)
			next.wantOps("not configured any more", "remove 192.0.2.101/32 dev 2")
			next.m.Set("web", keep(want(vipA)))
			next.wantOps("configured: left to its lease")
			next.wantResults("a want with Keep is not answered")
			next.claim(5, vipA)
			next.wantOps("adopted", "renew 192.0.2.100/32 dev 2 lease 3s")
			next.wantResults("adopted", "web#5 held until 2.95s")
			next.m.Set("web", Want{})
			next.wantKernel("released", "")
		})
		b.forget()
	})
}

func TestAdoptedLeftoverIsReleased(t *testing.T) {
	managed(t, nil, func(_ *testing.T, b *bench) {
		b.configure("web", vipA)
		b.claim(1, vipA)
		b.forget()
		successor(b, func(next *bench) {
			next.configure("web", vipA)
			next.m.Set("web", keep(want(vipA)))
			next.wantOps("kept")
			next.m.Set("web", Want{})
			next.wantOps("released", "remove 192.0.2.100/32 dev 2")
		})
		b.forget()
	})
}

func TestLeftoverWithoutEndGoesAtOnce(t *testing.T) {
	managed(t, nil, func(_ *testing.T, b *bench) {
		b.configure("web", vipA)
		b.m.Set("web", forever(want(vipA)))
		b.forget()
		successor(b, func(next *bench) {
			next.configure("web", vipA)
			next.wantOps("its owner has not spoken yet")
			next.m.Set("web", keep(forever(want(vipA))))
			next.wantOps("would stay for ever", "remove 192.0.2.100/32 dev 2")
		})
		b.forget()
	})
}

// A router whose interface is not there when the daemon starts has no addresses yet. What it wants counts all the same
// when it has some: nobody says it again.
func TestWantWithKeepOutlivesAnEmptyConfiguration(t *testing.T) {
	for name, tt := range map[string]struct {
		appear  func(*fakeKernel)
		results []string
		ops     []string
	}{
		"a foreign address": {func(k *fakeKernel) { k.host(2, vipA) }, []string{"web#1 foreign 192.0.2.100"}, nil},
		"a leftover without end": {
			func(k *fakeKernel) { k.leftover(2, vipA, 0) }, nil, []string{"remove 192.0.2.100/32 dev 2"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			managed(t, nil, func(t *testing.T, b *bench) {
				b.m.Configure(map[Owner][]Address{"web": nil})
				b.m.Set("web", Want{Keep: true, Generation: 1})
				b.forget()
				time.Sleep(time.Second)
				tt.appear(b.kernel)
				b.configure("web", vipA)
				b.m.Nudge()
				time.Sleep(nudgeGap)
				b.wantOps("found", tt.ops...)
				b.wantResults("found", tt.results...)
				b.m.Configure(map[Owner][]Address{"db": nil})
				synctest.Wait()
				if len(b.m.owners) != 0 {
					t.Errorf("owners %v, want none after it is configured no more", b.m.owners)
				}
				b.forget()
			})
		})
	}
}

func TestRecordOfAnotherLinkIsIgnored(t *testing.T) {
	managed(t, nil, func(_ *testing.T, b *bench) {
		b.configure("web", vipA)
		b.m.Set("web", forever(want(vipA)))
		b.forget()
		b.kernel.change(func() { b.kernel.links[2] = "wan0" })
		successor(b, func(next *bench) {
			next.configure("web")
			next.wantOps("the link with that number has another name")
		})
		b.forget()
	})
}

func TestKernelWithoutMarks(t *testing.T) {
	managed(t, func(b *bench) { b.kernel.noMarks = true }, func(_ *testing.T, b *bench) {
		b.configure("web", vipA, vipB)
		b.m.Set("web", forever(want(vipA)))
		b.wantResults("claimed", "web#0 held")
		time.Sleep(nudgeGap)
		b.m.Nudge()
		b.wantResults("still ours after a reading")
		b.kernel.host(2, vipB)
		time.Sleep(nudgeGap)
		b.m.Nudge()
		b.wantResults("not ours", "web#0 foreign 192.0.2.101")
		b.forget()
		successor(b, func(next *bench) {
			next.configure("web")
			next.wantOps("recorded, not configured", "remove 192.0.2.100/32 dev 2")
			next.wantKernel("the other stays", "eth0 192.0.2.101/32\n")
		})
		b.forget()
	})
}
