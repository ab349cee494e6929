package command

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"slices"
	"strconv"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// unprivileged is whom commands run as where the daemon is root and nothing else is said.
const unprivileged = "nobody"

// identity is whom a command runs as.
type identity struct {
	name     string
	uid, gid uint32
	groups   []uint32 // the supplementary ones
	home     string
}

// credential returns what the child has to become; nil: it is that already.
func (i identity) credential() *syscall.Credential {
	if i.own() {
		return nil
	}
	return &syscall.Credential{Uid: i.uid, Gid: i.gid, Groups: i.groups}
}

// own says whether the identity is that of this process, whose groups are left as they are then.
func (i identity) own() bool { return int(i.uid) == os.Geteuid() && int(i.gid) == os.Getegid() }

// users finds identities. It reads /etc/passwd and /etc/group, not a directory service, and only after they have changed,
// as hundreds of commands a second may ask.
type users struct {
	mu    sync.Mutex
	stamp [2]fileStamp
	known map[string]identity
}

// fileStamp changes when a file is written or replaced.
type fileStamp struct {
	inode uint64
	size  int64
	at    unix.Timespec
}

// find returns the identity of a user by name or number; an empty name is the default: the user of the daemon, or nobody
// if that is root.
func (u *users) find(name string) (identity, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if stamp := [2]fileStamp{stampOf("/etc/passwd"), stampOf("/etc/group")}; stamp != u.stamp || u.known == nil {
		u.stamp, u.known = stamp, map[string]identity{}
	}
	if found, ok := u.known[name]; ok {
		return found, nil
	}
	found, err := lookUp(name)
	if err == nil {
		u.known[name] = found
	}
	return found, err
}

// stampOf returns the zero value for a file that cannot be seen.
func stampOf(path string) fileStamp {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return fileStamp{}
	}
	return fileStamp{inode: st.Ino, size: st.Size, at: st.Mtim}
}

func lookUp(name string) (identity, error) {
	switch {
	case name == "" && os.Geteuid() != 0:
		return ownIdentity(), nil
	case name == "":
		name = unprivileged
	}
	account, err := user.Lookup(name)
	if _, missing := errors.AsType[user.UnknownUserError](err); missing {
		if _, notNumber := strconv.ParseUint(name, 10, 32); notNumber == nil {
			account, err = user.LookupId(name)
		}
	}
	if err != nil {
		return identity{}, fmt.Errorf("there is no user %s in /etc/passwd (%w)", name, err)
	}
	return fromAccount(account)
}

// ownIdentity is that of this process. In a container its user may have no entry in /etc/passwd.
func ownIdentity() identity {
	number := strconv.Itoa(os.Geteuid())
	own := identity{name: number, home: "/"}
	if account, err := user.LookupId(number); err == nil {
		own.name, own.home = account.Username, account.HomeDir
	}
	own.uid, own.gid = uint32(os.Geteuid()), uint32(os.Getegid())
	groups, _ := os.Getgroups() // only says which programs it may execute, and only for an explanation
	for _, g := range groups {
		own.groups = append(own.groups, uint32(g))
	}
	return own
}

func fromAccount(account *user.User) (identity, error) {
	found := identity{name: account.Username, home: account.HomeDir}
	groups, err := account.GroupIds()
	if err != nil {
		return identity{}, fmt.Errorf("reading the groups of %s: %w", account.Username, err)
	}
	for _, number := range slices.Concat([]string{account.Uid, account.Gid}, groups) {
		n, err := strconv.ParseUint(number, 10, 32)
		if err != nil {
			return identity{}, fmt.Errorf("the numbers of %s in /etc/passwd: %w", account.Username, err)
		}
		found.groups = append(found.groups, uint32(n))
	}
	found.uid, found.gid = found.groups[0], found.groups[1]
	found.groups = found.groups[2:]
	return found, nil
}

// mayBecome says why this process cannot run a command as the user; nil: it can. CAP_KILL is among what it needs because
// what cannot be ended must not be started, and because the kernel asks for it when the daemon dies, prctl(2).
func mayBecome(who identity) error {
	if who.own() {
		return nil
	}
	if able, err := capable(unix.CAP_SETUID, unix.CAP_SETGID, unix.CAP_KILL); able || err != nil {
		return err
	}
	return fmt.Errorf("it has to run as %s, and the daemon, which is %s, may not become another user: run it as root, "+
		"give it CAP_SETUID, CAP_SETGID and CAP_KILL, or set `user: %[2]s` for the command", who.name, ownIdentity().name)
}

// capable says whether the calling thread has all of these capabilities, which are below 32.
func capable(bits ...int) (bool, error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return false, fmt.Errorf("reading the capabilities of this process: %w", err)
	}
	for _, bit := range bits {
		if data[0].Effective&(1<<bit) == 0 {
			return false, nil
		}
	}
	return true, nil
}
