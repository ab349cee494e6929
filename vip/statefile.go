package vip

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"time"
)

const (
	// stateVersion is that of the state file. A file of another version is not read.
	stateVersion = 1

	// saveDelay is the pause after the state file could not be written.
	saveDelay = time.Second
)

// state is the state file: what a run leaves for the next to recognise if it cannot clean up.
type state struct {
	Version            int            `json:"version"`
	Addresses          []stateAddress `json:"addresses"`
	PromoteSecondaries []stateLink    `json:"promote_secondaries"` // links on which we switched it on
}

// stateLink names a link twice, because after a reboot another link may have the number, and after a renaming the name.
type stateLink struct {
	Link  string `json:"link"`
	Index int    `json:"index"`
}

type stateAddress struct {
	stateLink
	Address netip.Prefix `json:"address"`
	Label   string       `json:"label,omitempty"`
}

// encodeState returns the file's content, in a fixed order.
func encodeState(s state) ([]byte, error) {
	s.Version = stateVersion
	slices.SortFunc(s.Addresses, func(a, b stateAddress) int {
		return cmp.Or(cmp.Compare(a.Index, b.Index), a.Address.Compare(b.Address))
	})
	slices.SortFunc(s.PromoteSecondaries, func(a, b stateLink) int { return cmp.Compare(a.Index, b.Index) })
	out, err := json.MarshalIndent(s, "", "\t")
	return append(out, '\n'), err
}

// decodeState reads a file's content. Any flaw makes it useless as a whole: what it says allows us to remove addresses.
func decodeState(content []byte) (state, error) {
	var s state
	if err := json.Unmarshal(content, &s); err != nil {
		return state{}, err
	}
	if s.Version != stateVersion {
		return state{}, fmt.Errorf("version %d, want %d", s.Version, stateVersion)
	}
	for _, a := range s.Addresses {
		if !a.Address.IsValid() || a.Index <= 0 {
			return state{}, fmt.Errorf("address %s on interface %d", a.Address, a.Index)
		}
	}
	return s, nil
}

// load takes over what the last run left. A missing or unusable file is an empty one.
func (m *Manager) load() {
	if m.stateFile == "" {
		return
	}
	content, err := os.ReadFile(m.stateFile)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	var s state
	if err == nil {
		s, err = decodeState(content)
	}
	if err != nil {
		m.log.Warn("the state file cannot be used: addresses of an earlier run that are no longer configured may be left",
			"file", m.stateFile, "err", err)
		return
	}
	for _, a := range s.Addresses {
		if m.linkName(a.Index) == a.Link {
			m.records[Key{a.Index, a.Address.Addr()}] = record{prefix: a.Address, label: a.Label, adopted: true}
		}
	}
	for _, l := range s.PromoteSecondaries {
		if m.linkName(l.Index) == l.Link {
			m.settings.changed[l.Index] = true
		}
	}
}

// save writes the state file if its content has changed.
func (m *Manager) save() {
	if m.unsaved && !time.Now().Before(m.saveAt) {
		m.unsaved = !m.write(nil)
	}
}

// declare writes down what is about to be put up, where addresses carry no mark: one that the next run does not find in
// the file is somebody else's. With marks the file can wait, and those who wait for the addresses need not.
func (m *Manager) declare(ops []Op) {
	if m.marks {
		return
	}
	var intended []Op
	for _, op := range ops {
		if op.Kind == OpAdd && m.records[op.Address.Key()].prefix != op.Address.Prefix {
			intended = append(intended, op)
		}
	}
	if len(intended) > 0 {
		m.write(intended)
		m.unsaved = true // with what came of it
	}
}

// write writes the state file and says whether that succeeded. If not, it is time to try again at saveAt.
func (m *Manager) write(intended []Op) bool {
	if m.stateFile == "" {
		return true
	}
	content, err := encodeState(m.state(intended))
	if err == nil {
		err = replaceFile(m.stateFile, content)
	}
	if err == nil {
		m.saveErr, m.saveAt = "", time.Time{}
		return true
	}
	m.saveAt = time.Now().Add(saveDelay)
	if err.Error() != m.saveErr {
		m.saveErr = err.Error()
		m.log.Warn("writing the state file", "err", err)
	}
	return false
}

// state is what is recorded, and what is intended besides.
func (m *Manager) state(intended []Op) state {
	names := make(map[int]string)
	link := func(ifindex int) stateLink {
		if _, ok := names[ifindex]; !ok {
			names[ifindex] = m.linkName(ifindex)
		}
		return stateLink{Link: names[ifindex], Index: ifindex}
	}
	s := state{Addresses: []stateAddress{}, PromoteSecondaries: []stateLink{}}
	for key, rec := range m.records {
		s.Addresses = append(s.Addresses, stateAddress{link(key.Ifindex), rec.prefix, rec.label})
	}
	for _, op := range intended {
		s.Addresses = append(s.Addresses, stateAddress{link(op.Address.Ifindex), op.Address.Prefix, op.Address.Label})
	}
	for ifindex := range m.settings.changed {
		s.PromoteSecondaries = append(s.PromoteSecondaries, link(ifindex))
	}
	return s
}

// replaceFile writes a file so that a reader sees the old content or the new. It does not wait for the disk: the
// addresses that the file is about do not survive a crash of the machine either.
func replaceFile(name string, content []byte) error {
	next := name + ".new"
	if err := os.WriteFile(next, content, 0o600); err != nil {
		return err
	}
	return os.Rename(next, name)
}
