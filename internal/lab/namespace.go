package lab

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// netlinkTimeout bounds each request to the kernel; the library's own bound is a minute.
const netlinkTimeout = 5 * time.Second

// namespace is one network namespace, named in /run/netns so that `ip netns exec` can enter it.
type namespace struct {
	name   string
	handle netns.NsHandle
	route  *netlink.Handle // rtnetlink inside
}

// newNamespace creates a namespace with lo up.
func newNamespace(name string) (*namespace, error) {
	n := &namespace{name: name, handle: netns.None()}
	err := onOwnThread(func() error {
		h, err := netns.NewNamed(name) // also enters it
		if err != nil {
			return errors.Join(err, netns.DeleteNamed(name))
		}
		n.handle = h
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("creating namespace %s: %w", name, err)
	}
	if err := n.setUp(); err != nil {
		return nil, errors.Join(fmt.Errorf("setting up namespace %s: %w", name, err), n.delete())
	}
	return n, nil
}

// setUp opens the namespace's netlink and puts lo up.
func (n *namespace) setUp() (err error) {
	if n.route, err = netlink.NewHandleAt(n.handle, unix.NETLINK_ROUTE); err != nil {
		return err
	}
	if err := n.route.SetSocketTimeout(netlinkTimeout); err != nil {
		return err
	}
	lo, err := n.route.LinkByName("lo")
	if err != nil {
		return err
	}
	return n.route.LinkSetUp(lo)
}

// delete removes the namespace's name and the package's holds on it. The kernel frees the namespace when the last
// process in it has ended.
func (n *namespace) delete() error {
	if n.route != nil {
		n.route.Close()
	}
	err := n.handle.Close()
	return errors.Join(err, deleteNamed(n.name))
}

// deleteNamed removes a name from /run/netns; a name that is gone already is no error, since two processes may sweep
// at once.
func deleteNamed(name string) error {
	err := netns.DeleteNamed(name)
	if errors.Is(err, unix.EINVAL) { // not mounted: a crash between creating the file and mounting over it
		err = os.Remove("/run/netns/" + name)
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// do runs f on a thread inside the namespace and waits for it.
func (n *namespace) do(f func() error) error {
	return onOwnThread(func() error {
		if err := netns.Set(n.handle); err != nil {
			return fmt.Errorf("entering namespace %s: %w", n.name, err)
		}
		return f()
	})
}

// onOwnThread runs f, which may enter a namespace, on a thread that nobody else uses meanwhile. If the thread cannot be
// brought back afterwards it stays locked, and the runtime ends it together with the goroutine.
func onOwnThread(f func() error) error {
	errC := make(chan error, 1)
	go func() {
		err := errors.New("the function left its goroutine")
		defer func() { errC <- err }()
		runtime.LockOSThread()
		home, getErr := netns.Get()
		if getErr != nil {
			err = fmt.Errorf("reading the thread's namespace: %w", getErr)
			return
		}
		defer home.Close()
		defer func() {
			if netns.Set(home) == nil {
				runtime.UnlockOSThread()
			}
		}()
		err = f()
	}()
	return <-errC
}

// sysctl writes a kernel parameter of the namespace; path is below /proc/sys/net.
func (n *namespace) sysctl(path, value string) error {
	return n.do(func() error { return os.WriteFile("/proc/sys/net/"+path, []byte(value), 0) })
}
