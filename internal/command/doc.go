// Package command runs the commands of the user, which are check scripts, notify commands and services, so that they can
// do no harm and hold up nobody but their caller.
//
// A command runs as an unprivileged user unless the file names another, without a capability that this user does not have
// of itself, in a process group of its own, with normal scheduling, a clean environment, no descriptor but its
// three, and it is killed with the daemon. It is not started at all if somebody else than root and that user could have
// written the program. Its output is read to the end, and a little of it is kept.
//
// One thread, which [Runner.Run] makes, starts all commands; none waits for them: they are watched by pidfds in Go's poller.
// A real-time daemon stays on time while programs are loaded, see scheduling.go.
// The package decides nothing about results and repeats nothing: [Runner.Do] runs one command once and says how it ended.
// The script trackers, the notifier and the services call it.
//
// What it cannot do: a process that leaves its group, as with setsid(1), is not ended with it; when the daemon is killed,
// the kernel kills the commands themselves, not what they have started; and a set-user-ID program, such as sudo, lives on.
package command
