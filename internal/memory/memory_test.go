package memory

import (
	"context"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aloft-ha/aloft/internal/logbook"
	"github.com/aloft-ha/aloft/vrrp"
)

var (
	cisco      = netip.MustParseAddr("192.0.2.2")
	keepalived = netip.MustParseAddr("192.0.2.3")

	comparer = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
)

// running runs a memory; the returned function ends it.
func running(t *testing.T, m *Memory) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	doneC := make(chan error)
	go func() { doneC <- m.Run(ctx) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-doneC; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
}

func TestWhatWasHeardSurvivesARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "made", "when needed", "peers.json")
	var log logbook.Book
	m := New(file, slog.New(&log))
	end := running(t, m)
	m.Note("51@eth0/ipv4", cisco, vrrp.FormMessage)
	m.Note("51@eth0/ipv4", keepalived, vrrp.FormPseudo)
	m.Note("52@eth0/ipv4", cisco, vrrp.FormMessage)
	m.Note("52@eth0/ipv4", cisco, vrrp.FormPseudo)
	end()

	again := New(file, slog.New(&log))
	for router, want := range map[string]map[netip.Addr]vrrp.ChecksumForms{
		"51@eth0/ipv4": {cisco: {vrrp.FormMessage: true}, keepalived: {vrrp.FormPseudo: true}},
		"52@eth0/ipv4": {cisco: {vrrp.FormMessage: true, vrrp.FormPseudo: true}},
		"53@eth0/ipv4": {},
	} {
		if diff := cmp.Diff(want, again.Heard(router), comparer); diff != "" {
			t.Errorf("%s (-want +got):\n%s", router, diff)
		}
	}
	if lines := log.Lines(); len(lines) > 0 {
		t.Errorf("log: %q", lines)
	}
}

func TestABurstIsOneWriteAndNothingNewIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "peers.json")
		m := New(file, slog.New(slog.DiscardHandler))
		end := running(t, m)
		defer end()
		for i := range byte(200) {
			m.Note("51@eth0/ipv4", netip.AddrFrom4([4]byte{192, 0, 2, i}), vrrp.FormPseudo)
		}
		synctest.Wait()
		if _, err := os.Stat(file); err == nil {
			t.Error("written before the burst is over")
		}
		time.Sleep(writeDelay)
		synctest.Wait()
		if err := os.Remove(file); err != nil {
			t.Fatalf("not written: %v", err)
		}
		m.Note("51@eth0/ipv4", netip.AddrFrom4([4]byte{192, 0, 2, 7}), vrrp.FormPseudo)
		time.Sleep(time.Minute)
		synctest.Wait()
		if _, err := os.Stat(file); err == nil {
			t.Error("written again though nothing is new")
		}
	})
}

func TestAFileThatCannotBeReadIsForgotten(t *testing.T) {
	const good = `{"version": 1, "heard": [{"router": "51@eth0/ipv4", "peer": "192.0.2.2", "checksums": ["rfc9568"]}]}`
	for name, c := range map[string]struct{ text, want string }{
		"good":              {good, ""},
		"no JSON":           {"heard of nobody", "invalid character"},
		"another version":   {strings.Replace(good, "1", "2", 1), "version 2, want 1"},
		"another checksum":  {strings.Replace(good, "rfc9568", "md5", 1), `"md5" is no checksum`},
		"no address":        {strings.Replace(good, "192.0.2.2", "www2", 1), "unable to parse IP"},
		"an empty file":     {"", "unexpected end"},
		"an array":          {"[]", "cannot unmarshal"},
		"of no address yet": {strings.Replace(good, `"192.0.2.2"`, `""`, 1), ""},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "peers.json")
			if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			var log logbook.Book
			m := New(file, slog.New(&log))
			said := strings.Join(log.Lines(), "\n")
			if (said == "") != (c.want == "") || !strings.Contains(said, c.want) {
				t.Errorf("log %q, want %q", said, c.want)
			}
			if n := len(m.Heard("51@eth0/ipv4")); (n == 1) != (c.text == good) {
				t.Errorf("%d peers are remembered", n)
			}
		})
	}
}

func TestARefusedWriteIsSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		blocked := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(blocked, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		var log logbook.Book
		m := New(filepath.Join(blocked, "peers.json"), slog.New(&log))
		end := running(t, m)
		for i := range byte(3) {
			m.Note("51@eth0/ipv4", netip.AddrFrom4([4]byte{192, 0, 2, i}), vrrp.FormPseudo)
			time.Sleep(time.Minute)
		}
		end()
		lines := log.Lines()
		if len(lines) != 2 || !strings.Contains(lines[0], "forgotten") || !strings.Contains(lines[1], "will not survive a restart") {
			t.Errorf("log: %q", lines)
		}
		if n := len(m.Heard("51@eth0/ipv4")); n != 3 {
			t.Errorf("%d peers are remembered, want 3", n)
		}
	})
}

// Anybody on the link can invent senders.
func TestMemoryIsBounded(t *testing.T) {
	m := New("", slog.New(slog.DiscardHandler))
	for i := range 2 * mostPeers {
		m.Note("51@eth0/ipv4", netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), vrrp.FormPseudo)
	}
	if n := len(m.Heard("51@eth0/ipv4")); n != mostPeers {
		t.Errorf("%d peers are remembered, want %d", n, mostPeers)
	}
	m.Note("51@eth0/ipv4", netip.AddrFrom4([4]byte{10, 0, 0, 1}), vrrp.FormMessage)
	if forms := m.Heard("51@eth0/ipv4")[netip.AddrFrom4([4]byte{10, 0, 0, 1})]; forms != (vrrp.ChecksumForms{true, true}) {
		t.Errorf("of one that is known is remembered %v", forms)
	}
}

func TestWithoutAFileNothingIsWritten(t *testing.T) {
	t.Chdir(t.TempDir())
	var log logbook.Book
	m := New("", slog.New(&log))
	end := running(t, m)
	m.Note("51@eth0/ipv4", cisco, vrrp.FormMessage)
	end()
	if list, err := os.ReadDir("."); err != nil || len(list) > 0 {
		t.Errorf("written: %v, %v", list, err)
	}
	if lines := log.Lines(); len(lines) > 0 {
		t.Errorf("log: %q", lines)
	}
}
