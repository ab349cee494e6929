package systemd

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"
)

// fakeBus is a bus with systemd on it, as far as this package uses them: it answers each message from a unit table.
type fakeBus struct {
	t        *testing.T
	address  string
	listener net.Listener
	wait     sync.WaitGroup
	given    chan struct{} // has a value when a job was given; of capacity 1

	mu     sync.Mutex
	socks  []net.Conn
	calls  []string
	units  map[string]string // name to ActiveState; a name that is not there is not found
	result string            // of jobs; empty: they do not end
	refuse *dbus.Error       // the answer to everything of systemd
	deaf   bool              // nothing is answered
}

// answer is what a fake says to one call: first the signals, then the reply, then the signals that follow it.
type answer struct {
	before, after []*dbus.Message
	body          []any
	err           *dbus.Error
}

func newFakeBus(t *testing.T) *fakeBus {
	t.Helper()
	f := &fakeBus{t: t, given: make(chan struct{}, 1), units: map[string]string{}, result: "done"}
	f.listen(filepath.Join(t.TempDir(), "bus"))
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", f.address)
	t.Cleanup(f.stop)
	return f
}

func (f *fakeBus) listen(path string) {
	f.t.Helper()
	l, err := net.Listen("unix", path)
	if err != nil {
		f.t.Fatal(err)
	}
	f.listener, f.address = l, "unix:path="+path
	f.wait.Go(func() {
		for {
			sock, err := l.Accept()
			if err != nil {
				return
			}
			f.mu.Lock()
			f.socks = append(f.socks, sock)
			f.mu.Unlock()
			f.wait.Go(func() { f.serve(sock) })
		}
	})
}

// hangUp ends all connections.
func (f *fakeBus) hangUp() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.socks {
		_ = s.Close()
	}
	f.socks = nil
}

func (f *fakeBus) stop() {
	_ = f.listener.Close()
	f.hangUp()
	f.wait.Wait()
}

func (f *fakeBus) set(change func(*fakeBus)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

// took returns the calls since the last time.
func (f *fakeBus) took() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	calls := strings.Join(f.calls, " ")
	f.calls = nil
	return calls
}

// serve logs a client in, as in "Authentication Protocol" of the D-Bus specification, and answers its calls.
func (f *fakeBus) serve(sock net.Conn) {
	in := bufio.NewReader(sock)
	for begun := false; !begun; {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		says := ""
		switch line = strings.Trim(line, "\x00\r\n"); {
		case line == "AUTH":
			says = "REJECTED EXTERNAL"
		case strings.HasPrefix(line, "AUTH "), strings.HasPrefix(line, "DATA"):
			says = "OK 1234deadbeef"
		case line == "NEGOTIATE_UNIX_FD":
			says = "ERROR"
		case line == "BEGIN":
			begun = true
			continue
		}
		if _, err := fmt.Fprintf(sock, "%s\r\n", says); err != nil {
			return
		}
	}
	for {
		msg, err := dbus.DecodeMessage(in)
		if err != nil {
			return
		}
		for _, out := range f.replies(msg) {
			if out.EncodeTo(sock, binary.LittleEndian) != nil {
				return
			}
		}
	}
}

// replies is what a fake sends for a call.
func (f *fakeBus) replies(msg *dbus.Message) []*dbus.Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	member, _ := msg.Headers[dbus.FieldMember].Value().(string)
	path, _ := msg.Headers[dbus.FieldPath].Value().(dbus.ObjectPath)
	f.calls = append(f.calls, member)
	if f.deaf {
		return nil
	}
	a := f.answer(member, path, msg.Body)
	reply := &dbus.Message{Type: dbus.TypeMethodReply, Headers: map[dbus.HeaderField]dbus.Variant{
		dbus.FieldReplySerial: dbus.MakeVariant(msg.Serial()),
	}}
	if a.err != nil {
		reply.Type, a.body = dbus.TypeError, a.err.Body
		reply.Headers[dbus.FieldErrorName] = dbus.MakeVariant(a.err.Name)
	}
	return append(append(a.before, body(reply, a.body...)), a.after...)
}

func (f *fakeBus) answer(member string, path dbus.ObjectPath, args []any) answer {
	switch member {
	case "Hello":
		return answer{body: []any{":1.7"}}
	case "AddMatch":
		return answer{}
	case "GetNameOwner":
		return answer{body: []any{":1.1"}}
	}
	if f.refuse != nil {
		return answer{err: f.refuse}
	}
	switch member {
	case "LoadUnit":
		return answer{body: []any{unitPath(args[0].(string))}}
	case "Get":
		state, found := f.units[unitName(path)]
		value := map[string]string{"ActiveState": state, "LoadState": "loaded"}[args[1].(string)]
		if !found {
			value = map[string]string{"ActiveState": "inactive", "LoadState": "not-found"}[args[1].(string)]
		}
		return answer{body: []any{dbus.MakeVariant(value)}}
	case "StartUnit", "StopUnit":
		return f.job(args[0].(string))
	}
	return answer{err: &dbus.Error{Name: "org.freedesktop.DBus.Error.UnknownMethod"}}
}

// job ends a job, after others of other jobs and senders. One that is quick is over before its reply.
func (f *fakeBus) job(unit string) answer {
	const path = dbus.ObjectPath("/org/freedesktop/systemd1/job/9")
	select {
	case f.given <- struct{}{}:
	default:
	}
	a := answer{body: []any{path}}
	a.before = append(a.before, removed(":1.1", 8, "/org/freedesktop/systemd1/job/8", unit, "failed"), removed(":1.66", 9, path, unit, "canceled"))
	if f.result != "" {
		a.after = append(a.after, removed(":1.1", 9, path, unit, f.result))
	}
	if f.result == "done" {
		a.before, a.after = append(a.before, a.after...), nil
	}
	return a
}

func removed(sender string, id uint32, job dbus.ObjectPath, unit, result string) *dbus.Message {
	return body(&dbus.Message{Type: dbus.TypeSignal, Headers: map[dbus.HeaderField]dbus.Variant{
		dbus.FieldSender:    dbus.MakeVariant(sender),
		dbus.FieldPath:      dbus.MakeVariant(dbus.ObjectPath(managerPath)),
		dbus.FieldInterface: dbus.MakeVariant(manager),
		dbus.FieldMember:    dbus.MakeVariant(jobRemoved),
	}}, id, job, unit, result)
}

func body(m *dbus.Message, values ...any) *dbus.Message {
	if len(values) > 0 {
		m.Body = values
		m.Headers[dbus.FieldSignature] = dbus.MakeVariant(dbus.SignatureOf(values...))
	}
	return m
}

// unitPath and unitName stand for systemd's escaping: only the dot and the dash matter to the tests.
func unitPath(name string) dbus.ObjectPath {
	return dbus.ObjectPath(managerPath + "/unit/" + strings.NewReplacer(".", "_2e", "-", "_2d").Replace(name))
}

func unitName(path dbus.ObjectPath) string {
	name := strings.TrimPrefix(string(path), managerPath+"/unit/")
	return strings.NewReplacer("_2e", ".", "_2d", "-").Replace(name)
}

// wantError compares the whole sentence.
func wantError(t *testing.T, why string, err error, want string) {
	t.Helper()
	if got := fmt.Sprint(err); got != want {
		t.Errorf("%s: got %q, want %q", why, got, want)
	}
}
