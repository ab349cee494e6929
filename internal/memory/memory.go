// Package memory keeps through restarts and reboots what was heard of other nodes and cannot be heard when it is needed:
// Backups are silent. For now that is which checksums they use.
//
// It never decides what is sent, and nobody waits for its disk: the engine notes, and Run writes. What cannot be read or
// written is logged once and done without. The daemon makes a Memory and hands it to the engine.
package memory

import (
	"cmp"
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/aloft-ha/aloft/vrrp"
)

// mostPeers bounds what is remembered: anybody on the link can invent a sender.
const mostPeers = 4096

// writeDelay gathers what is noted in a burst into one write, and is the pause after one that was refused.
const writeDelay = time.Second

// peer is a sender that a router has heard.
type peer struct {
	router  string
	address netip.Addr
}

// Memory is what is remembered. Its methods may be called from any goroutine; only Run touches the disk, and New.
type Memory struct {
	file string
	log  *slog.Logger

	mu    sync.Mutex
	heard map[peer]vrrp.ChecksumForms
	news  bool          // what the file does not have
	noted chan struct{} // wakes Run

	refused string // the last error, to log each once; of Run alone
}

// New returns what the file remembers, or an empty memory. An empty name remembers nothing beyond the process.
func New(file string, log *slog.Logger) *Memory {
	m := &Memory{file: file, log: log, heard: make(map[peer]vrrp.ChecksumForms), noted: make(chan struct{}, 1)}
	if err := m.read(); err != nil {
		log.Warn("what was heard of other nodes is forgotten", "error", err)
	}
	return m
}

// Heard returns what was heard of the peers of a router.
func (m *Memory) Heard(router string) map[netip.Addr]vrrp.ChecksumForms {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := make(map[netip.Addr]vrrp.ChecksumForms)
	for p, forms := range m.heard {
		if p.router == router {
			found[p.address] = forms
		}
	}
	return found
}

// Note says that a router has heard a checksum form of a peer. It does not block.
func (m *Memory) Note(router string, address netip.Addr, form vrrp.ChecksumForm) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := peer{router, address}
	forms, known := m.heard[p]
	if forms[form] || !known && len(m.heard) >= mostPeers {
		return
	}
	forms[form] = true
	m.heard[p], m.news = forms, true
	select {
	case m.noted <- struct{}{}:
	default:
	}
}

// Run writes what is noted until ctx ends, and then what has not been written yet.
func (m *Memory) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			m.save()
			return nil
		case <-m.noted:
		}
		select {
		case <-ctx.Done():
		case <-time.After(writeDelay):
			m.save()
		}
	}
}

// save writes the file if there is something new. What is refused is tried again with the next note.
func (m *Memory) save() {
	m.mu.Lock()
	news := m.news
	m.news = false
	m.mu.Unlock()
	if !news {
		return
	}
	err := m.write()
	if err == nil {
		m.refused = ""
	} else if m.refused != err.Error() {
		m.refused = err.Error()
		m.log.Warn("what was heard of other nodes will not survive a restart", "error", err)
	}
}

// entries lists the memory in a fixed order.
func (m *Memory) entries() []entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := make([]entry, 0, len(m.heard))
	for p, forms := range m.heard {
		list = append(list, entry{Router: p.router, Peer: p.address, Checksums: words(forms)})
	}
	slices.SortFunc(list, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.Router, b.Router), a.Peer.Compare(b.Peer))
	})
	return list
}
