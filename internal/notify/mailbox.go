package notify

import (
	"sync"

	"github.com/aloft-ha/aloft/internal/engine"
)

// letter is an event, or a configuration.
type letter struct {
	event     engine.Event
	configure *configuration // nil: the event
}

// mailbox takes letters from any goroutine without waiting and gives them to one, in order. It has no bound: an event is
// small, and what reads it waits for nothing.
type mailbox struct {
	mu      sync.Mutex
	letters []letter
	wakeC   chan struct{} // has a value when there may be letters
}

func newMailbox() *mailbox { return &mailbox{wakeC: make(chan struct{}, 1)} }

func (m *mailbox) put(l letter) {
	m.mu.Lock()
	m.letters = append(m.letters, l)
	m.mu.Unlock()
	select {
	case m.wakeC <- struct{}{}:
	default:
	}
}

func (m *mailbox) take() []letter {
	m.mu.Lock()
	defer m.mu.Unlock()
	letters := m.letters
	m.letters = nil
	return letters
}
