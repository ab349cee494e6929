package command

import (
	"errors"
	"fmt"
	"os/user"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// program finds what a command runs and says why it must not or cannot run as the user; secure asks for the first as well.
// Between this look and the start only those can change the program who are allowed to.
func program(argv []string, who identity, secure bool) (string, error) {
	if len(argv) == 0 || argv[0] == "" {
		return "", errors.New("there is no command")
	}
	visit := func(string, entry) error { return nil }
	if secure {
		visit = who.trust
	}
	file, err := find(argv[0], visit)
	if err != nil {
		return "", err
	}
	if script, ok := scriptOf(argv); ok && secure {
		// That it does not exist, say, is the shell's business: the line may have an answer to that.
		_, err := walk(script, inspect, who.trust)
		if distrust, ok := errors.AsType[distrustError](err); ok {
			return "", distrust
		}
	}
	return file, nil
}

// find returns the path of an executable file.
func find(name string, visit func(string, entry) error) (string, error) {
	if strings.Contains(name, "/") {
		if !path.IsAbs(name) {
			return "", fmt.Errorf("%s has to be an absolute path, or a name without a slash", name)
		}
		return name, executable(name, visit)
	}
	for folder := range strings.SplitSeq(programPath, ":") {
		file := folder + "/" + name
		if unix.Access(file, unix.F_OK) == nil {
			return file, executable(file, visit)
		}
	}
	return "", fmt.Errorf("there is no program %s in %s", name, programPath)
}

// executable says why a file cannot be executed by anybody, or must not be; nil: it can.
func executable(file string, visit func(string, entry) error) error {
	e, err := walk(file, inspect, visit)
	switch {
	case err != nil:
		return err
	case e.is(unix.S_IFDIR):
		return fmt.Errorf("%s is a folder", file)
	case !e.is(unix.S_IFREG):
		return fmt.Errorf("%s is not a file that can be executed", file)
	case e.mode&0o111 == 0:
		return fmt.Errorf("%s is not executable; run `chmod +x %[1]s`", file)
	}
	return nil
}

// distrustError says that somebody else may write a component of a path.
type distrustError struct{ name, why, cure string }

func (e distrustError) Error() string {
	return fmt.Sprintf("%s %s; %s, or set `scripts: insecure: true`", e.name, e.why, e.cure)
}

// trust refuses a component that somebody else than root and the user could replace or write. The permissions of a
// symbolic link mean nothing: who may replace it is said by its folder, which is visited too.
func (i identity) trust(name string, e entry) error {
	switch {
	case e.uid != 0 && e.uid != i.uid:
		return distrustError{name, "belongs to " + userName(e.uid), fmt.Sprintf("run `chown root %s`", name)}
	case e.is(unix.S_IFLNK):
		return nil
	case e.mode&(unix.S_ISVTX|unix.S_IWOTH) == unix.S_ISVTX|unix.S_IWOTH: // such as /tmp
		return distrustError{name, "is writable by everybody", "put the program into another folder"}
	case e.mode&unix.S_IWOTH != 0:
		return distrustError{name, "is writable by everybody", fmt.Sprintf("run `chmod o-w %s`", name)}
	case e.mode&unix.S_IWGRP != 0 && e.acl:
		return distrustError{name, "is writable by whom its access control list names", fmt.Sprintf("run `setfacl -b %s`", name)}
	case e.mode&unix.S_IWGRP != 0 && e.gid != 0:
		return distrustError{name, "is writable by the group " + groupName(e.gid), fmt.Sprintf("run `chmod g-w %s`", name)}
	}
	return nil
}

// explain says what an error of execve(2) means for a file that can be executed as such.
func explain(err error, file string, who identity) error {
	switch {
	case errors.Is(err, unix.ENOEXEC):
		return fmt.Errorf("%s is neither a program of this machine nor a script with a first line such as #!/bin/sh", file)
	case errors.Is(err, unix.ENOENT):
		return fmt.Errorf("%s names an interpreter in its first line that does not exist; look for a carriage return there", file)
	case errors.Is(err, unix.ETXTBSY):
		return fmt.Errorf("%s is being written", file)
	case errors.Is(err, unix.E2BIG):
		return errors.New("its arguments and environment are too long")
	case errors.Is(err, unix.EACCES):
		if _, denied := walk(file, inspect, who.reach); denied != nil {
			return denied
		}
		return fmt.Errorf("%s may not execute %s, or its interpreter; the file system may be mounted with noexec", who.name, file)
	}
	return fmt.Errorf("starting %s as %s: %w", file, who.name, err)
}

// reach says whether the permissions let the user through a folder, or execute a file. It only explains what the kernel has
// refused, since it knows nothing of access control lists.
func (i identity) reach(name string, e entry) error {
	allowed := e.mode & 0o001
	switch {
	case i.uid == 0 || e.is(unix.S_IFLNK):
		return nil
	case e.uid == i.uid:
		allowed = e.mode & 0o100
	case e.gid == i.gid || slices.Contains(i.groups, e.gid):
		allowed = e.mode & 0o010
	}
	switch {
	case allowed != 0:
		return nil
	case e.is(unix.S_IFDIR):
		return fmt.Errorf("%s may not enter the folder %s; run it as another user, or move the program", i.name, name)
	}
	return fmt.Errorf("%s may not execute %s; change its permissions, or run it as another user", i.name, name)
}

func userName(uid uint32) string {
	number := strconv.FormatUint(uint64(uid), 10)
	if account, err := user.LookupId(number); err == nil {
		return account.Username
	}
	return "the user " + number
}

func groupName(gid uint32) string {
	number := strconv.FormatUint(uint64(gid), 10)
	if group, err := user.LookupGroupId(number); err == nil {
		return group.Name
	}
	return number
}
