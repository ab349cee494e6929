package main

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/aloft-ha/aloft/internal/config"
)

// endless is a file without an end, as /dev/zero and a pipe of yes are.
type endless struct{ read int }

// Read fills the buffer.
func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'y'
	}
	e.read += len(p)
	return len(p), nil
}

func TestCheckReadsNoMoreThanAFileMayHave(t *testing.T) {
	var in endless
	var out strings.Builder
	err := check(checkOptions{file: "-"}, &in, &out)
	if exitCodeOf(err) != exitUsage || !strings.HasPrefix(out.String(), "<stdin>:1:1: error: the file is larger than 1024 KiB") {
		t.Errorf("error %v, output %s", err, out.String())
	}
	if in.read > 2*config.MaxSize {
		t.Errorf("%d bytes were read", in.read)
	}
}

// torn is a file that cannot be read to its end.
type torn struct{}

var errTorn = errors.New("the pipe is torn")

// Read fails.
func (torn) Read([]byte) (int, error) { return 0, errTorn }

func TestCheckReportsWhatItCannotRead(t *testing.T) {
	err := check(checkOptions{file: "-"}, torn{}, io.Discard)
	if !errors.Is(err, errTorn) || exitCodeOf(err) != exitUsage || !strings.Contains(err.Error(), "reading <stdin>") {
		t.Errorf("error %v", err)
	}
}
