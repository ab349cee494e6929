package tracker

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestTCP(t *testing.T) {
	reads := func(text, answer string) func(context.Context, net.Conn) {
		return func(ctx context.Context, conn net.Conn) {
			got := make([]byte, len(text))
			if _, err := io.ReadFull(conn, got); err == nil && string(got) == text {
				_, _ = io.WriteString(conn, answer)
			}
			<-ctx.Done() // a server that goes on
		}
	}
	garbage := strings.Repeat("\x00\xff", maxAnswer)
	for _, c := range []struct {
		name         string
		host         string
		handle       func(context.Context, net.Conn)
		send, expect string
		patience     time.Duration
		ok           bool
		text         string // "@" is the address
	}{
		{"it accepts", "127.0.0.1", silent, "", "", ample, true, "@ accepts connections"},
		{"IPv6", "::1", silent, "", "", ample, true, "@ accepts connections"},
		{"it greets", "127.0.0.1", saysAndStays("220 mail ready\r\n"), "", "220 ", ample, true, `@ answers "220 "`},
		{"it greets and closes", "127.0.0.1", says("220 mail ready\r\n"), "", "220 ", ample, true, `@ answers "220 "`},
		{"it answers", "127.0.0.1", reads("PING\r\n", "+PONG\r\n"), "PING\r\n", "+PONG", ample, true, `@ answers "+PONG"`},
		{"it takes what is sent", "127.0.0.1", silent, "QUIT\r\n", "", ample, true, "@ accepts what is sent"},
		{"silence", "127.0.0.1", silent, "PING\r\n", "+PONG", little, false, "no answer within 100ms"},
		{"half an answer", "127.0.0.1", saysAndStays("+PO"), "", "+PONG", little, false, `the answer of @ does not contain "+PONG"`},
		{"half an answer and the end", "127.0.0.1", says("+PO"), "", "+PONG", ample, false, `the answer of @ does not contain "+PONG"`},
		{"closed", "127.0.0.1", says(""), "", "+PONG", ample, false, "@ closed the connection without an answer"},
		{"garbage without an end", "127.0.0.1", saysAndStays(garbage), "", "+PONG", ample, false, `the answer of @ does not contain "+PONG"`},
		{"reset", "127.0.0.1", func(_ context.Context, conn net.Conn) { _ = conn.(*net.TCPConn).SetLinger(0) }, "", "+PONG", ample, false, "connection reset by @"},
	} {
		t.Run(c.name, func(t *testing.T) {
			address := serveTCP(t, c.host, c.handle)
			p := newTCPProbe(TCP{Address: address, Send: c.send, Expect: c.expect})
			defer p.close()
			for range 2 { // nothing of one check is left to the next
				p.check(within(t, c.patience)).judge(t, c.ok, strings.ReplaceAll(c.text, "@", address))
			}
		})
	}
}

func TestTCPWithoutAConnection(t *testing.T) {
	gone := nobody(t)
	newTCPProbe(TCP{Address: gone}).check(within(t, ample)).judge(t, false, "connection refused by "+gone)

	full := fullQueue(t, "tcp", &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	newTCPProbe(TCP{Address: full}).check(within(t, little)).judge(t, false, "no connection to "+full+" within 100ms")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	newTCPProbe(TCP{Address: gone}).check(ctx).judge(t, false, "stopped before there was an answer")
}

func TestTCPSendsToOneWhoReadsNothing(t *testing.T) {
	address := serveTCP(t, "127.0.0.1", silent)
	p := newTCPProbe(TCP{Address: address, Send: strings.Repeat("x", 64<<20)})
	p.check(within(t, little)).judge(t, false, "no answer within 100ms")
}

// TestTCPDisturbsNobody: where no word is said the server does not notice the check, and neither side keeps anything of
// it. Where one was, it arrives, and the end is an orderly one.
func TestTCPDisturbsNobody(t *testing.T) {
	type ending struct {
		got string
		err error
	}
	const checks = 20
	endings := make(chan ending, checks+1)
	address := serveTCP(t, "127.0.0.1", func(_ context.Context, conn net.Conn) {
		got, err := io.ReadAll(conn)
		endings <- ending{string(got), err}
	})
	p := newTCPProbe(TCP{Address: address})
	for range checks {
		p.check(within(t, ample)).judge(t, true, address+" accepts connections")
	}
	if kept := connectionsWith(t, address); len(kept) != 0 {
		t.Errorf("after checks without a word the kernel has\n%s", strings.Join(kept, "\n"))
	}
	newTCPProbe(TCP{Address: address, Send: "QUIT\r\n"}).check(within(t, ample))
	noticed := 0
	for {
		e := <-endings
		if e.got != "" {
			if e.got != "QUIT\r\n" || e.err != nil {
				t.Errorf("after a word the server sees %+v", e)
			}
			break
		}
		noticed++ // where 40 ms passed in between
	}
	if noticed > checks/2 {
		t.Errorf("the server noticed %d of %d checks", noticed, checks)
	}
}

// connectionsWith lists, as /proc/net/tcp has them, the connections of this host with a server, in any state.
func connectionsWith(t *testing.T, address string) []string {
	t.Helper()
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		t.Fatal(err)
	}
	port := netip.MustParseAddrPort(address).Port()
	var found []string
	for line := range strings.Lines(string(table)) {
		if fields := strings.Fields(line); strings.HasSuffix(fields[2], fmt.Sprintf(":%04X", port)) {
			found = append(found, line)
		}
	}
	return found
}

func BenchmarkTCP(b *testing.B) {
	address := serveTCP(b, "127.0.0.1", func(_ context.Context, conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	p := newTCPProbe(TCP{Address: address})
	benchmarkCheck(b, p.check)
}

// benchmarkCheck measures checks that pass.
func benchmarkCheck(b *testing.B, check func(context.Context) Result) {
	b.Helper()
	ctx := within(b, time.Hour)
	b.ReportAllocs()
	for b.Loop() {
		if r := check(ctx); !r.OK {
			b.Fatal(r.Text)
		}
	}
}
