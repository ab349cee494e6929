package tracker

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/iotest"
)

func TestFindsTextsInAnswers(t *testing.T) {
	long := strings.Repeat("x", maxAnswer)
	broken := errors.New("broken")
	for _, c := range []struct {
		name  string
		r     io.Reader
		text  string
		found bool
		n     int // -1: any
		err   error
	}{
		{"the whole", strings.NewReader("ok"), "ok", true, 2, nil},
		{"byte by byte", iotest.OneByteReader(strings.NewReader("it is ok, so far")), "ok", true, 8, nil},
		{"not", strings.NewReader("not o k"), "ok", false, 7, nil},
		{"nothing comes", strings.NewReader(""), "ok", false, 0, nil},
		{"the last bytes of the limit", strings.NewReader(long[2:] + "ok" + long), "ok", true, maxAnswer, nil},
		{"across the limit", strings.NewReader(long[1:] + "ok"), "ok", false, maxAnswer, nil},
		{"across two reads", io.MultiReader(strings.NewReader(long[:readAtOnce-1]+"o"), strings.NewReader("k")), "ok", true, -1, nil},
		{"a text as long as the limit", strings.NewReader(long), long, true, maxAnswer, nil},
		{"before it breaks", io.MultiReader(strings.NewReader("ok"), iotest.ErrReader(broken)), "ok", true, 2, nil},
		{"it breaks", io.MultiReader(strings.NewReader("o"), iotest.ErrReader(broken)), "ok", false, 1, broken},
		{"data with an error", iotest.DataErrReader(strings.NewReader("ok")), "ok", true, 2, nil},
		{"any text", strings.NewReader("whatever"), "", true, 8, nil},
		{"any text, even none", strings.NewReader(""), "", true, 0, nil},
		{"any text, long", strings.NewReader(long + long), "", true, maxAnswer, nil},
		{"any text, broken", io.MultiReader(strings.NewReader("o"), iotest.ErrReader(broken)), "", false, 1, broken},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, n, err := find(c.r, c.text)
			if found != c.found || (c.n >= 0 && n != c.n) || !errors.Is(err, c.err) || (c.err == nil && err != nil) {
				t.Errorf("found %t after %d bytes, %v; want %t, %d, %v", found, n, err, c.found, c.n, c.err)
			}
		})
	}
}

func TestInterrupt(t *testing.T) {
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	ctx, cancel := context.WithCancel(t.Context())
	release := interrupt(ctx, near)
	cancel()
	if _, err := near.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("reading ends with %v", err)
	}
	release()

	address := serveTCP(t, "127.0.0.1", func(_ context.Context, conn net.Conn) { _, _ = io.Copy(conn, conn) })
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, cancel = context.WithCancel(t.Context())
	interrupt(ctx, conn)()
	cancel()
	if _, err := conn.Write([]byte("x")); err != nil {
		t.Errorf("after the release, writing: %v", err)
	}
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		t.Errorf("after the release, reading: %v", err)
	}
}
