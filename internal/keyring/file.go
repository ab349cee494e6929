package keyring

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/vrrp"
)

// mistake is what is wrong with a source, and what helps.
type mistake struct{ what, cure string }

// freshKey says how a key is made.
const freshKey = `make one with: echo "hex:$(openssl rand -hex 32)"; it is the same on all nodes`

// maxContent is more than any file with a key has: the digits of the longest one, the word before and a line break.
const maxContent = len("hex:") + 2*vrrp.MaxKey + len("\r\n")

// othersTouch are the permissions of everybody to read and to write, chmod(2).
const othersTouch fs.FileMode = 0o006

// read reads the file of a key. One line break at its end is not part of the key.
func read(name string) (string, *mistake) {
	// A FIFO that nobody writes to must not hold up the daemon.
	f, err := os.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", &mistake{name + " does not exist", freshKey}
	case err != nil:
		return "", &mistake{err.Error(), ""}
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return "", &mistake{err.Error(), ""}
	}
	owner := uint32(0)
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		owner = st.Uid
	}
	if wrong := judge(name, info.Mode(), owner, uint32(os.Geteuid())); wrong != nil {
		return "", wrong
	}
	data, err := io.ReadAll(io.LimitReader(f, int64(maxContent)+1))
	switch {
	case err != nil:
		return "", &mistake{err.Error(), ""}
	case len(data) > maxContent:
		return "", &mistake{fmt.Sprintf("%s has more than %d bytes, so it is no key", name, maxContent), freshKey}
	}
	text, broken := strings.CutSuffix(string(data), "\n")
	if broken {
		text = strings.TrimSuffix(text, "\r")
	}
	return text, nil
}

// judge says what is wrong with a file by its permissions and its owner: who can read it knows the key, and who can write
// it, or change the permissions, chooses it.
func judge(name string, mode fs.FileMode, owner, self uint32) *mistake {
	switch {
	case !mode.IsRegular():
		return &mistake{name + " is no regular file", ""}
	case mode&othersTouch != 0:
		return &mistake{fmt.Sprintf("others can read or write %s (mode %04o)", name, mode.Perm()), "chmod 640 " + name + "; if they have read it, change the key"}
	case owner != 0 && owner != self:
		return &mistake{fmt.Sprintf("%s belongs to the user %d, and not to root or to the user of the daemon", name, owner), "chown root " + name}
	}
	return nil
}
