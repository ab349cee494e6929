package tracker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/sys/unix"
)

// maxBrief bounds, in bytes, what of a foreign text gets into a sentence.
const maxBrief = 160

// explain says in a sentence why a network check that began at start has failed with err.
func explain(ctx context.Context, start time.Time, err error) string {
	peer := "the server"
	op, _ := errors.AsType[*net.OpError](err)
	if op != nil && op.Addr != nil && op.Addr.String() != "" {
		peer = op.Addr.String()
	}
	dns, _ := errors.AsType[*net.DNSError](err)
	switch {
	case errors.Is(err, unix.ECONNREFUSED):
		return "connection refused by " + peer
	case errors.Is(err, unix.ECONNRESET), errors.Is(err, unix.EPIPE):
		return "connection reset by " + peer
	case errors.Is(err, unix.ENETUNREACH):
		return "no route to " + peer
	case errors.Is(err, unix.EHOSTUNREACH):
		return peer + " cannot be reached: nobody answers for its address"
	case errors.Is(err, unix.EADDRNOTAVAIL):
		return "no local port or address is left for a connection to " + peer
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed before the answer was complete"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), ctx.Err() != nil:
		if op != nil && op.Op == "dial" && ctx.Err() != context.Canceled {
			return fmt.Sprintf("no connection to %s within %s", peer, given(ctx, start))
		}
		return noAnswer(ctx, start)
	case dns != nil && dns.IsNotFound:
		return fmt.Sprintf("the name %s is unknown", dns.Name)
	case dns != nil:
		return fmt.Sprintf("the name %s cannot be looked up: %s", dns.Name, brief(dns.Err))
	}
	return brief(err.Error())
}

// noAnswer is the sentence for a check whose time is over.
func noAnswer(ctx context.Context, start time.Time) string {
	if ctx.Err() == context.Canceled {
		return "stopped before there was an answer"
	}
	return "no answer within " + given(ctx, start)
}

// given is how long a check that began at start may take, in two digits, rounded up: what passed between the deadline being
// set and the check having begun is of no interest.
func given(ctx context.Context, start time.Time) string {
	deadline, ok := ctx.Deadline()
	if !ok {
		return "any time"
	}
	d, unit := deadline.Sub(start), time.Nanosecond
	for d/unit >= 100 {
		unit *= 10
	}
	return (d + unit - 1).Truncate(unit).String()
}

// took is how long a check that began at start has taken, with as many digits as mean something.
func took(start time.Time) string {
	d := time.Since(start)
	if d < 10*time.Millisecond {
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(time.Millisecond).String()
}

// brief makes a foreign text fit for a sentence: one line, nothing unprintable, not long.
func brief(s string) string {
	if len(s) > maxBrief {
		s = s[:maxBrief] + "…"
	}
	return strings.ToValidUTF8(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, s), "")
}

// quoted is a text of the configuration in quotes, cut to what a sentence bears.
func quoted(s string) string { return strconv.Quote(brief(s)) }
