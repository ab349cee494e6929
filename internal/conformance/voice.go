package conformance

import (
	"fmt"
	"sync"
	"time"
)

// voice is the tester as an Active Router: it repeats an advert. End it with stop.
type voice struct {
	bench *Bench
	sayC  chan Advert
	stopC chan struct{}
	wg    sync.WaitGroup

	mu   sync.Mutex
	last time.Time // when the last one came into the switch
	err  error
}

// speak makes the tester repeat an advert at the interval, beginning now.
func (b *Bench) speak(a Advert, interval time.Duration) *voice {
	v := &voice{bench: b, sayC: make(chan Advert), stopC: make(chan struct{})}
	v.wg.Go(func() { v.run(a, interval) })
	return v
}

// run is the goroutine of the voice.
func (v *voice) run(a Advert, interval time.Duration) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		at, err := v.bench.send(a)
		v.mu.Lock()
		v.last, v.err = at, err
		v.mu.Unlock()
		if err != nil {
			return
		}
		select {
		case a = <-v.sayC:
			tick.Reset(interval)
		case <-tick.C:
		case <-v.stopC:
			return
		}
	}
}

// say changes the advert, at once; it returns when the last one before it was sent.
func (v *voice) say(a Advert) time.Time {
	select {
	case v.sayC <- a:
	case <-v.bench.ctx.Done():
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.last
}

// stop ends the voice and returns when it was last heard. It may be called again.
func (v *voice) stop() (time.Time, error) {
	v.mu.Lock()
	select {
	case <-v.stopC:
	default:
		close(v.stopC)
	}
	v.mu.Unlock()
	v.wg.Wait()
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.last, v.err
}

// backup starts the subject with a router, waits until it is Active, and makes it Backup by a voice that repeats an advert
// of a higher priority. The caller ends the voice.
func (b *Bench) backup(r Router, a Advert) (*voice, error) {
	if _, err := b.activate(r); err != nil {
		return nil, err
	}
	return b.subdue(a, r.Interval)
}

// subdue makes the subject, which is Active, Backup by a voice.
func (b *Bench) subdue(a Advert, interval time.Duration) (*voice, error) {
	v := b.speak(a, interval)
	b.sleep(interval / 4)
	if n := len(b.adverts(time.Now(), time.Now().Add(interval*3/2))); n > 0 {
		_, err := v.stop()
		if err == nil {
			err = fmt.Errorf("it did not give way to priority %d: %d more adverts in 1.5 intervals", a.Priority, n)
		}
		return nil, err
	}
	return v, nil
}
