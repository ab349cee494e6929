package tracker

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"time"
)

const (
	maxAnswer  = 64 << 10 // bytes that are read of an answer
	readAtOnce = 4 << 10
)

// find reads r until text has come, r has ended, or maxAnswer bytes were read, and returns how many were. The end of r is
// no error. An empty text is found in everything, but not before the answer has ended or is long enough: an answer that
// breaks off is an error.
func find(r io.Reader, text string) (found bool, n int, err error) {
	if text == "" {
		n, err := io.CopyN(io.Discard, r, maxAnswer)
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return err == nil, int(n), err
	}
	var seen []byte
	for len(seen) < maxAnswer {
		seen = slices.Grow(seen, readAtOnce)
		n, err := r.Read(seen[len(seen):min(cap(seen), maxAnswer)])
		from := max(0, len(seen)-len(text)+1) // the text may have begun in what came before
		seen = seen[:len(seen)+n]
		switch {
		case bytes.Contains(seen[from:], []byte(text)):
			return true, len(seen), nil
		case err == io.EOF:
			return false, len(seen), nil
		case err != nil:
			return false, len(seen), err
		}
	}
	return false, len(seen), nil
}

// interrupt ends what conn does when ctx ends, whether by its deadline or sooner. The function that it returns ends that
// and has to be called.
func interrupt(ctx context.Context, conn net.Conn) (release func()) {
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		_ = conn.SetDeadline(time.Unix(1, 0))
		close(done)
	})
	return func() {
		if !stop() {
			<-done
		}
	}
}
