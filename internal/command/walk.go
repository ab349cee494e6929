package command

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// maxLinks is how many symbolic links a path may lead through, as in the kernel, path_resolution(7).
const maxLinks = 40

// entry is one component of a path, as lstat(2) has it.
type entry struct {
	mode     uint32 // type and permissions
	uid, gid uint32
	acl      bool   // the group permissions are what an access control list gives to anybody, acl(5)
	target   string // of a symbolic link
}

func (e entry) is(kind uint32) bool { return e.mode&unix.S_IFMT == kind }

// inspect asks the kernel for a component.
func inspect(name string) (entry, error) {
	var st unix.Stat_t
	if err := unix.Lstat(name, &st); err != nil {
		return entry{}, err
	}
	e := entry{mode: st.Mode, uid: st.Uid, gid: st.Gid}
	if !e.is(unix.S_IFLNK) {
		if e.mode&unix.S_IWGRP != 0 {
			n, err := unix.Lgetxattr(name, "system.posix_acl_access", nil)
			e.acl = err == nil && n > 0
		}
		return e, nil
	}
	target := make([]byte, unix.PathMax)
	n, err := unix.Readlink(name, target)
	e.target = string(target[:n])
	return e, err
}

// walk follows an absolute path as the kernel does, one component at a time and through symbolic links, and shows each to
// visit: folders, links and in the end the file, which it returns. An error of visit ends the walk.
func walk(file string, inspect func(string) (entry, error), visit func(string, entry) error) (entry, error) {
	here, links := "/", 0
	top, err := step(here, inspect, visit)
	if err != nil {
		return entry{}, err
	}
	current := top
	for todo := strings.Split(file, "/"); len(todo) > 0; {
		name := todo[0]
		todo = todo[1:]
		if name == "" {
			continue
		}
		if !current.is(unix.S_IFDIR) {
			return entry{}, fmt.Errorf("%s is not a folder", here)
		}
		// "." and ".." lead to folders that have been visited. What Join makes of ".." is right, as here has no links.
		next := path.Join(here, name)
		e, err := step(next, inspect, visit)
		if err != nil {
			return entry{}, err
		}
		if !e.is(unix.S_IFLNK) {
			here, current = next, e
			continue
		}
		if links++; links > maxLinks {
			return entry{}, fmt.Errorf("%s leads through more than %d symbolic links", file, maxLinks)
		}
		if path.IsAbs(e.target) {
			here, current = "/", top
		}
		todo = slices.Concat(strings.Split(e.target, "/"), todo)
	}
	return current, nil
}

// step looks at one component.
func step(name string, inspect func(string) (entry, error), visit func(string, entry) error) (entry, error) {
	e, err := inspect(name)
	switch {
	case errors.Is(err, unix.ENOENT):
		return entry{}, fmt.Errorf("%s does not exist", name)
	case err != nil:
		return entry{}, fmt.Errorf("looking at %s: %w", name, err)
	}
	return e, visit(name, e)
}
