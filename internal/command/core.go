package command

import "golang.org/x/sys/unix"

// withoutCore starts a process, and leaves this one without a core if it had none, prctl(2). A child shares the memory of its
// parent until its program is loaded, and so do they that setting: when the child becomes another user the kernel gives both
// what the sysctl fs.suid_dumpable says, and with systemd-coredump that is a core.
func withoutCore(start func()) {
	dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	start()
	if err == nil && dumpable == 0 {
		_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) // it cannot fail with this value
	}
}
