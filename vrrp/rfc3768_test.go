package vrrp

import (
	"testing"
	"time"
)

// of2 is a configuration for version 2.
func of2(priority uint8, interval Centiseconds) Config {
	cfg := pair(priority)
	cfg.Version, cfg.Interval = Version2, interval
	return cfg
}

// heard2 is an advert of version 2.
func heard2(priority uint8, interval Centiseconds) Advert {
	a := from(lowAddr, priority, interval)
	a.Packet.Version = Version2
	return a
}

func TestRFC3768_6_1_SkewTimeIsAPartOfASecondAtEveryInterval(t *testing.T) {
	for _, interval := range []Centiseconds{100, 200, 1000, 25500} {
		for _, c := range []struct {
			priority uint8
			want     time.Duration
		}{{255, 3906250}, {200, 218750 * time.Microsecond}, {128, time.Second / 2}, {1, 996093750}} {
			if got := Version2.SkewTime(c.priority, interval); got != c.want {
				t.Errorf("priority %d at %s: Skew_Time is %s, want %s", c.priority, interval, got, c.want)
			}
			want := 3*interval.Duration() + c.want
			if got := Version2.ActiveDownInterval(c.priority, interval, 3); got != want {
				t.Errorf("priority %d at %s: Master_Down_Interval is %s, want %s", c.priority, interval, got, want)
			}
		}
	}
}

// A router of both versions counts as version 3 does: by the interval.
func TestSkewTimeOfBothVersionsIsThatOfVersion3(t *testing.T) {
	for _, v := range []Version{Version3, Version2And3} {
		if got, want := v.SkewTime(128, 400), 2*time.Second; got != want {
			t.Errorf("%s: %s, want %s", v, got, want)
		}
		if got, want := v.ActiveDownInterval(128, 400, 3), 14*time.Second; got != want {
			t.Errorf("%s: %s, want %s", v, got, want)
		}
	}
}

func TestRFC3768_6_4_2_SilenceMakesABackupMaster(t *testing.T) {
	b := newBackup(t, of2(128, 400))
	b.wantDownIn("3 adverts of 4 s and half a second", 12*time.Second+time.Second/2)
	b.after(time.Second).do(heard2(200, 400))
	b.wantDownIn("anew with each advert", 12*time.Second+time.Second/2)
}

func TestRFC3768_6_4_2_PriorityZeroLeavesSkewTime(t *testing.T) {
	b := newBackup(t, of2(128, 400))
	b.do(heard2(200, 400), heard2(0, 400))
	b.wantDownIn("half a second, whatever the interval", time.Second/2)
}

// An advert of another interval is refused before it comes here. Nothing is learned even of one that comes.
func TestRFC3768_6_1_NoIntervalIsLearned(t *testing.T) {
	b := newBackup(t, of2(128, 400))
	b.do(heard2(200, 100))
	b.wantDownIn("3 adverts of the own interval", 12*time.Second+time.Second/2)
	active := newActive(t, of2(128, 400))
	active.do(heard2(200, 100))
	active.wantState("a better one", Backup)
	active.wantDownIn("3 adverts of the own interval", 12*time.Second+time.Second/2)
}

// In version 3, and in a router of both, the Active says how often it advertises. In version 2 that is whole seconds.
func TestRFC9568_8_4_2_ARouterOfBothLearnsAnIntervalInSeconds(t *testing.T) {
	cfg := of2(128, 100)
	cfg.Version = Version2And3
	b := newBackup(t, cfg)
	b.do(heard2(200, 400))
	b.wantDownIn("3 adverts of 4 s and half of 4 s", 14*time.Second)
}

func TestRFC3768_6_4_3_ShutdownSaysPriorityZeroOnce(t *testing.T) {
	for _, v := range []Version{Version2, Version2And3} {
		cfg := of2(200, 100)
		cfg.Version = v
		b := settled(t, cfg)
		b.want("plainly, for nobody can be made quick", Leave{Reason: ReasonStop}, "send 0 1s")
		b.after(quickAfter).want("nothing follows", Tick{})
		b.after(time.Second/2).want("nothing follows", Tick{})
	}
}

// Nobody learns a short interval in version 2, but everybody knows priority 0.
func TestChallengeInVersion2MakesTheOtherWaitForSkewTime(t *testing.T) {
	for _, v := range []Version{Version2, Version2And3} {
		cfg := of2(200, 100)
		cfg.Version = v
		b := settled(t, cfg)
		b.m.announce = announcement{}
		b.want("Skew_Time, and the new priority, twice",
			PriorityChanged{Priority: 99}, "send 200 1s", "send 0 1s", "send 99 1s", "send 99 1s")
		for range 13 {
			b.wantTimer("the new priority, so often that none is missed", time.Second/13, "send 99 1s")
		}
		b.wantTimer("the end, after the longest Skew_Time and 20 ms", 20*time.Millisecond+time.Second%(time.Second/13), "send 99 1s")
	}
}

func TestAWorseBackupOfVersion2BelievesWhatFollowsPriorityZero(t *testing.T) {
	b := newBackup(t, of2(90, 100))
	b.do(heard2(200, 100), heard2(0, 100), heard2(99, 100))
	b.wantDownIn("it follows the lowered one", 3*time.Second+166*time.Second/256)
}

func TestABetterBackupOfVersion2TakesOverInSkewTime(t *testing.T) {
	b := newBackup(t, of2(190, 100))
	b.do(heard2(200, 100), heard2(0, 100), heard2(99, 100))
	b.wantDownIn("what follows is discarded", 66*time.Second/256)
}
