package conformance

import (
	"bytes"
	"slices"
	"time"
)

// receiveVRRP takes a VRRP packet, if every check passes that the fake has not forgotten.
func (f *fake) receiveVRRP(frame []byte, m *Frame) {
	if m.kind != kindVRRP {
		if f.has("takes what is incomplete") { // it reads what is not there as what it wants
			for _, r := range f.routers {
				m.Interval = (&Bench{Profile: f.setup.Profile}).field(r.Interval)
				m.Version = f.setup.Version
				f.process(r, m, 255)
			}
		}
		return
	}
	if m.Count == 255 && f.has("dies of a count") {
		f.crashed.Store(true)
		return
	}
	for _, r := range f.routers {
		if f.refuses(r, m) == "" {
			f.process(r, m, m.Priority)
		}
	}
}

// refuses says why the fake refuses a message; "": it takes it. A forgotten check is the flaw "takes" and that word.
func (f *fake) refuses(r *fakeRouter, m *Frame) string {
	ipv6, auth := f.setup.IPv6, [authLen]byte{}
	copy(auth[:], r.Password)
	authType := uint8(0)
	if r.Password != "" {
		authType = 1
	}
	own := Bench{Profile: f.setup.Profile}
	for _, check := range []struct {
		word string
		bad  bool
	}{
		{"any TTL", m.TTL != 255},
		{"any version", m.Version != f.setup.Version},
		{"any type", m.Type != advertisement},
		{"what is incomplete", m.Length < m.wantLength(ipv6)},
		{"any checksum", m.Message.Form == FormNone},
		{"no message checksum", f.has("takes no message checksum") && m.Message.Form == FormMessage},
		{"no pseudo-header checksum", f.has("takes no pseudo-header checksum") && m.Message.Form == FormPseudo},
		{"any VRID", m.VRID != r.VRID},
		{"any authentication", m.Version == 2 && (m.AuthType != authType || m.Auth != auth)},
		{"any interval", m.Version == 2 && m.Interval != own.field(r.Interval) || m.Version == 3 && m.Interval == 0},
		{"no address", m.Count == 0},
		{"no other addresses", f.has("takes no other addresses") && !slices.Equal(m.Addresses, r.Addresses)},
		{"no reserved bits", f.has("takes no reserved bits") && m.Reserved != 0},
		{"no unicast", f.has("takes no unicast") && !m.Dst.IsMulticast()},
	} {
		if check.bad && (check.word[:3] == "no " && check.word != "no address" || !f.has("takes "+check.word)) {
			return check.word
		}
	}
	return ""
}

// process is what RFC 9568 section 6.4 says of an advert.
func (f *fake) process(r *fakeRouter, m *Frame, priority uint8) {
	if r.active {
		f.processActive(r, m, priority)
		return
	}
	better := priority >= r.Priority
	if f.has("a backup compares addresses") && priority == r.Priority {
		better = bytes.Compare(m.Src.AsSlice(), f.setup.Self.AsSlice()) > 0
	}
	switch {
	case priority == 0 && f.has("priority 0 is like any other"):
		r.due = time.Now().Add(f.down(r))
	case priority == 0:
		r.due = time.Now().Add(f.skew(r))
	case better, f.has("never preempts"), r.NoPreempt && !f.has("always preempts") && (r.Priority != owner || f.has("an owner is patient")):
		f.learn(r, &m.Message)
		r.due = time.Now().Add(f.down(r))
	}
}

// processActive is section 6.4.3.
func (f *fake) processActive(r *fakeRouter, m *Frame, priority uint8) {
	greater := bytes.Compare(m.Src.AsSlice(), f.setup.Self.AsSlice()) > 0
	switch {
	case priority == 0:
		if !f.has("leaves priority 0 unanswered") {
			f.advertise(r, r.Priority)
		}
	case priority > r.Priority && !f.has("never gives way"),
		priority == r.Priority && greater && !f.has("wins every tie"),
		priority == r.Priority && f.has("loses every tie"),
		priority < r.Priority && f.has("gives way to the worse"):
		if f.has("has a last word") {
			f.advertise(r, r.Priority)
		}
		f.yield(r, &m.Message)
	case priority < r.Priority && !f.has("leaves a lower one unanswered") && f.setup.Version == 3:
		f.advertise(r, r.Priority)
	}
}
