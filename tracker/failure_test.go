package tracker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestNetworkErrorsAreExplained(t *testing.T) {
	addr := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80}
	dial := func(err error) error {
		return fmt.Errorf("layer: %w", &net.OpError{Op: "dial", Net: "tcp", Addr: addr, Err: err})
	}
	start := time.Now()
	running, cancel := context.WithDeadline(t.Context(), start.Add(time.Minute))
	defer cancel()
	stopped, cancel := context.WithDeadline(t.Context(), start.Add(time.Hour))
	cancel()
	for _, c := range []struct {
		ctx  context.Context
		err  error
		want string
	}{
		{running, dial(unix.ECONNREFUSED), "connection refused by 192.0.2.1:80"},
		{running, dial(unix.ENETUNREACH), "no route to 192.0.2.1:80"},
		{running, dial(unix.EHOSTUNREACH), "192.0.2.1:80 cannot be reached: nobody answers for its address"},
		{running, dial(unix.EADDRNOTAVAIL), "no local port or address is left for a connection to 192.0.2.1:80"},
		{running, dial(os.ErrDeadlineExceeded), "no connection to 192.0.2.1:80 within 1m0s"},
		{running, &net.OpError{Op: "read", Addr: addr, Err: unix.ECONNRESET}, "connection reset by 192.0.2.1:80"},
		{running, unix.EPIPE, "connection reset by the server"},
		{running, &net.OpError{Op: "read", Addr: addr, Err: os.ErrDeadlineExceeded}, "no answer within 1m0s"},
		{running, io.ErrUnexpectedEOF, "the connection was closed before the answer was complete"},
		{running, dial(&net.DNSError{Name: "www.example.org", IsNotFound: true}), "the name www.example.org is unknown"},
		{running, &net.DNSError{Name: "www.example.org", Err: "server misbehaving"}, "the name www.example.org cannot be looked up: server misbehaving"},
		{running, errors.New("two\nlines and \x1b[31mred"), "two lines and  [31mred"},
		{stopped, dial(context.Canceled), "stopped before there was an answer"},
		{stopped, dial(unix.ECONNREFUSED), "connection refused by 192.0.2.1:80"},
		{t.Context(), os.ErrDeadlineExceeded, "no answer within any time"},
	} {
		if got := explain(c.ctx, start, c.err); got != c.want {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
}

func TestTheTimeThatWasGivenIsRoundedUp(t *testing.T) {
	start := time.Now()
	for left, want := range map[time.Duration]string{
		time.Second: "1s", 993 * time.Millisecond: "1s", 4999 * time.Millisecond: "5s", 1500 * time.Millisecond: "1.5s",
		199999 * time.Microsecond: "200ms", 10 * time.Millisecond: "10ms", 0: "0s", -time.Second: "-1s",
	} {
		ctx, cancel := context.WithDeadline(t.Context(), start.Add(left))
		if got := given(ctx, start); got != want {
			t.Errorf("%v: %s, want %s", left, got, want)
		}
		cancel()
	}
}

func TestForeignTextsAreCut(t *testing.T) {
	got := brief(strings.Repeat("ä", 1000))
	if len(got) > maxBrief+len("…") || !strings.HasSuffix(got, "ä…") {
		t.Errorf("%q", got)
	}
	if got := quoted(`a"b`); got != `"a\"b"` {
		t.Errorf("%s", got)
	}
}

func TestTookHasDigitsThatMeanSomething(t *testing.T) {
	for ago, digits := range map[time.Duration]time.Duration{time.Millisecond: 10 * time.Microsecond, time.Hour: time.Millisecond} {
		d, err := time.ParseDuration(took(time.Now().Add(-ago)))
		if err != nil || d < ago || d%digits != 0 {
			t.Errorf("%v ago: %v, %v", ago, d, err)
		}
	}
}
