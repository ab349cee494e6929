package tracker

import "sync"

// mailbox is what other goroutines tell the manager. Of the specifications the latest count; wake-ups are queued, at
// most one of each lookout.
type mailbox struct {
	bell chan struct{} // rings when there is mail; of capacity 1

	mu sync.Mutex
	letters
}

// letters is what the mailbox holds.
type letters struct {
	specs *[]Spec
	woken []*lookout
}

func newMailbox() *mailbox { return &mailbox{bell: make(chan struct{}, 1)} }

func (b *mailbox) post(write func(*letters)) {
	b.mu.Lock()
	write(&b.letters)
	b.mu.Unlock()
	select {
	case b.bell <- struct{}{}:
	default:
	}
}

// take empties the mailbox.
func (b *mailbox) take() letters {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.letters
	b.letters = letters{}
	return l
}
