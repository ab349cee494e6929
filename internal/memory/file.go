package memory

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/aloft-ha/aloft/vrrp"
)

// fileVersion is that of the file. One of another version is not read.
const fileVersion = 1

// content is the file.
type content struct {
	Version int     `json:"version"`
	Heard   []entry `json:"heard"`
}

// entry is what was heard of one peer by one router.
type entry struct {
	Router    string     `json:"router"`
	Peer      netip.Addr `json:"peer"`
	Checksums []string   `json:"checksums"`
}

// words are the forms as the configuration file has them.
func words(f vrrp.ChecksumForms) (words []string) {
	for form, heard := range f {
		if heard {
			words = append(words, vrrp.ChecksumForm(form).String())
		}
	}
	return words
}

// formsOf is the reverse of words.
func formsOf(words []string) (f vrrp.ChecksumForms, err error) {
	for _, word := range words {
		switch word {
		case vrrp.FormPseudo.String():
			f[vrrp.FormPseudo] = true
		case vrrp.FormMessage.String():
			f[vrrp.FormMessage] = true
		default:
			return vrrp.ChecksumForms{}, fmt.Errorf("%q is no checksum", word)
		}
	}
	return f, nil
}

// read takes what the file has. A file that is not there is an empty one.
func (m *Memory) read() error {
	if m.file == "" {
		return nil
	}
	b, err := os.ReadFile(m.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var c content
	if err := json.Unmarshal(b, &c); err != nil {
		return fmt.Errorf("reading %s: %w", m.file, err)
	}
	if c.Version != fileVersion {
		return fmt.Errorf("reading %s: version %d, want %d", m.file, c.Version, fileVersion)
	}
	for _, e := range c.Heard {
		forms, err := formsOf(e.Checksums)
		if err != nil {
			return fmt.Errorf("reading %s: %w", m.file, err)
		}
		if len(m.heard) < mostPeers && e.Peer.IsValid() {
			m.heard[peer{e.Router, e.Peer}] = forms
		}
	}
	return nil
}

// write replaces the file, so that whoever reads it finds the old or the new one whole.
func (m *Memory) write() error {
	if m.file == "" {
		return nil
	}
	b, err := json.MarshalIndent(content{Version: fileVersion, Heard: m.entries()}, "", "\t")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(m.file), 0o750); err != nil {
		return err
	}
	next := m.file + ".new"
	if err := os.WriteFile(next, append(b, '\n'), 0o640); err != nil {
		return err
	}
	return os.Rename(next, m.file)
}
