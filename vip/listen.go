package vip

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// ownMACsAge is how old our knowledge of the host's own link-layer addresses may be before an unknown one makes us look
// again. It bounds what a flood of foreign announcements can cost.
const ownMACsAge = time.Second

// ear is one socket that hears announcements on one interface.
type ear interface {
	// hear waits for the next frame. It fails for good once the ear is closed or its interface is gone.
	hear() (announcement, Ignored, error)
	alive() bool // the interface the ear was opened on still exists
	close()      // may be called while hear waits
}

// Listener hears which addresses other machines on the watched links announce.
type Listener struct {
	report  func(Sighting)
	log     *slog.Logger
	open    func(ifindex int) ([]ear, error)
	ownMACs func() (map[[6]byte]bool, error)

	mu     sync.Mutex
	wanted []int
	wake   chan struct{} // holds one: wanted was set

	ignored [len(ignoredNames)]atomic.Uint64

	// Owned by Run.
	posts     map[int]*post
	heard     chan heard
	own       map[[6]byte]bool
	ownReadAt time.Time
}

// post is all that listens on one interface.
type post struct {
	ears []ear
	quit chan struct{}
	wg   sync.WaitGroup
}

// heard is what an ear passes on to Run.
type heard struct {
	post         *post
	ifindex      int
	announcement announcement
	err          error // nothing was heard: why the ear is deaf from now on
}

// NewListener returns a Listener that watches nothing yet. Run calls report for each announcement of another machine, one
// at a time; it may not block. A nil log is none.
func NewListener(report func(Sighting), log *slog.Logger) *Listener {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Listener{
		report:  report,
		log:     log,
		open:    openEars,
		ownMACs: hostMACs,
		wake:    make(chan struct{}, 1),
	}
}

// Watch sets the interfaces to listen on, by index. It may be called from any goroutine, before and while Run runs, and
// does not wait. It also opens again what could not be opened before and what was deleted and created anew, so it should
// be called whenever the host's links change.
func (l *Listener) Watch(ifindexes []int) {
	l.mu.Lock()
	l.wanted = slices.Clone(ifindexes)
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Ignored returns how many frames of each reason were no Sighting. What the filters in the kernel drop is not among them.
func (l *Listener) Ignored() map[Ignored]uint64 {
	counts := make(map[Ignored]uint64)
	for i := range l.ignored {
		if n := l.ignored[i].Load(); n > 0 {
			counts[Ignored(i)] = n
		}
	}
	return counts
}

// Run listens in the network namespace of the calling thread until ctx is done, and then returns nil. An interface that
// cannot be listened on is logged and left until the next call of Watch. At the end it logs what was ignored.
func (l *Listener) Run(ctx context.Context) error {
	l.posts = make(map[int]*post)
	l.heard = make(chan heard, 256)
	defer func() {
		for _, p := range l.posts {
			p.leave()
		}
		l.logIgnored()
	}()

	l.converge()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-l.wake:
			l.converge()
		case h := <-l.heard:
			l.handle(h)
		}
	}
}

func (l *Listener) logIgnored() {
	counts := l.Ignored()
	var attrs []any
	for _, why := range slices.Sorted(maps.Keys(counts)) {
		attrs = append(attrs, slog.Uint64("ignored_"+why.String(), counts[why]))
	}
	if len(attrs) > 0 {
		l.log.Info("announcements ignored", attrs...)
	}
}

// converge makes the posts those that are wanted.
func (l *Listener) converge() {
	l.mu.Lock()
	wanted := l.wanted
	l.mu.Unlock()
	l.readOwnMACs(time.Now())

	for _, ifindex := range slices.Collect(maps.Keys(l.posts)) {
		if !slices.Contains(wanted, ifindex) || !l.posts[ifindex].alive() {
			l.drop(ifindex)
		}
	}
	for _, ifindex := range wanted {
		if l.posts[ifindex] != nil {
			continue
		}
		ears, err := l.open(ifindex)
		if err != nil {
			// The engine knows of an absent interface from the link's own news, so this is no news.
			l.log.Debug("not listening for announcements", "ifindex", ifindex, "error", err)
			continue
		}
		l.posts[ifindex] = l.man(ifindex, ears)
	}
}

// man starts a goroutine for each ear.
func (l *Listener) man(ifindex int, ears []ear) *post {
	p := &post{ears: ears, quit: make(chan struct{})}
	for _, e := range ears {
		p.wg.Go(func() { l.hearken(p, ifindex, e) })
	}
	return p
}

func (l *Listener) hearken(p *post, ifindex int, e ear) {
	for {
		a, why, err := e.hear()
		h := heard{post: p, ifindex: ifindex, announcement: a, err: err}
		if why != 0 && err == nil {
			l.ignored[why].Add(1)
			continue
		}
		select {
		case l.heard <- h:
		case <-p.quit:
			return
		}
		if err != nil {
			return
		}
	}
}

func (l *Listener) handle(h heard) {
	if l.posts[h.ifindex] != h.post {
		return // from a post that was left in the meantime
	}
	if h.err != nil {
		level := slog.LevelWarn
		if errors.Is(h.err, errGone) {
			level = slog.LevelDebug // the engine knows it from the link's own news
		}
		l.log.Log(context.Background(), level, "no longer listening for announcements", "ifindex", h.ifindex, "error", h.err)
		l.drop(h.ifindex)
		return
	}
	if l.isOwn(h.announcement.mac, time.Now()) {
		l.ignored[IgnoredOwn].Add(1)
		return
	}
	l.report(Sighting{Ifindex: h.ifindex, Address: h.announcement.addr, MAC: h.announcement.mac})
}

func (l *Listener) drop(ifindex int) {
	l.posts[ifindex].leave()
	delete(l.posts, ifindex)
}

// isOwn says whether an interface of this host has the link-layer address: what one interface sends, another hears.
func (l *Listener) isOwn(mac [6]byte, now time.Time) bool {
	if !l.own[mac] && now.Sub(l.ownReadAt) >= ownMACsAge {
		l.readOwnMACs(now)
	}
	return l.own[mac]
}

func (l *Listener) readOwnMACs(now time.Time) {
	own, err := l.ownMACs()
	l.ownReadAt = now
	if err != nil {
		l.log.Warn("the host's link-layer addresses could not be read, its own announcements may look foreign", "error", err)
		return
	}
	l.own = own
}

func (p *post) alive() bool {
	return !slices.ContainsFunc(p.ears, func(e ear) bool { return !e.alive() })
}

// leave closes the ears and waits for their goroutines.
func (p *post) leave() {
	close(p.quit)
	for _, e := range p.ears {
		e.close()
	}
	p.wg.Wait()
}
