//go:build privileged

package command

import (
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// capabilities prints all sets of a command, proc_pid_status(5).
const capabilities = "grep ^Cap /proc/self/status | grep -v Bnd | tr -d '\\t\\n'"

const noCapabilities = "CapInh:0000000000000000CapPrm:0000000000000000CapEff:0000000000000000CapAmb:0000000000000000"

func TestCommandsOfRootRunAsNobody(t *testing.T) {
	r := run(t, Settings{})
	for line, want := range map[string]string{
		"id -un; id -gn; id -Gn": "nobody\nnogroup\nnogroup",
		"grep -E '^(Uid|Gid|Groups)' /proc/self/status | tr '\\t' ' '": "Uid: 65534 65534 65534 65534\n" +
			"Gid: 65534 65534 65534 65534\nGroups: 65534",
		capabilities:       noCapabilities,
		"echo $USER $HOME": "nobody /nonexistent",
	} {
		if got := said(t, r, sh(line)); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

func TestRootHasToBeSaid(t *testing.T) {
	effective := "grep ^CapEff /proc/self/status | tr -d '\\t'"
	want := "CapEff:" + status(t, "CapEff")
	c := sh("id -u; " + effective)
	c.User = "root"
	if got := said(t, run(t, Settings{}), c); got != "0\n"+want {
		t.Errorf("%q, want %q", got, want)
	}
	c.User = ""
	if got := said(t, run(t, Settings{User: "root"}), c); got != "0\n"+want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestGroupsAreThoseOfTheUser has a mount namespace of its own in which the host has one user more.
func TestGroupsAreThoseOfTheUser(t *testing.T) {
	dir := t.TempDir()
	for name, line := range map[string]string{
		"passwd": "aloft-test:x:54321:1::/nonexistent:/usr/sbin/nologin\n",
		"group":  "aloft-one:x:54322:aloft-test\naloft-two:x:54323:root,aloft-test\n",
	} {
		text, err := os.ReadFile("/etc/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), append(text, line...), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	daemon := exec.Command("unshare", "--mount", "/bin/sh", "-ec",
		`mount --bind "$0/passwd" /etc/passwd; mount --bind "$0/group" /etc/group; exec "$1"`, dir, reachable(t))
	daemon.Env = append(os.Environ(), daemonEnv+"=id -un; id -gn; id -Gn", daemonUserEnv+"=aloft-test")
	out, err := daemon.CombinedOutput()
	if want := "aloft-test\ndaemon\ndaemon aloft-one aloft-two\n"; err != nil || string(out) != want {
		t.Errorf("%v: %q, want %q", err, out, want)
	}
}

// asDaemon runs a line by a runner in another process, with these credentials and ambient capabilities.
func asDaemon(t *testing.T, attr *syscall.SysProcAttr, line, user string) string {
	t.Helper()
	daemon := exec.Command(reachable(t))
	daemon.Env = append(os.Environ(), daemonEnv+"="+line, daemonUserEnv+"="+user)
	daemon.SysProcAttr = attr
	out, err := daemon.Output()
	if err != nil {
		t.Fatalf("the daemon: %v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// reachable copies the program of this test to where every user can execute it.
func reachable(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "aloft-command-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	from, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	name := filepath.Join(dir, "daemon")
	to, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(to, from); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

const nobody = 65534

func TestAmbientCapabilitiesEndAtTheDaemon(t *testing.T) {
	attr := &syscall.SysProcAttr{
		Credential:  &syscall.Credential{Uid: nobody, Gid: nobody},
		AmbientCaps: []uintptr{unix.CAP_NET_ADMIN, unix.CAP_NET_RAW},
	}
	line := "id -u; grep -E '^Cap(Prm|Eff|Amb)' /proc/self/status | tr -d '\\t'; " +
		"grep -E '^Cap(Prm|Eff|Amb)' /proc/$PPID/status | tr -d '\\t'"
	const none, two = "0000000000000000", "0000000000003000" // bits 12 and 13
	want := "65534\nCapPrm:" + none + "\nCapEff:" + none + "\nCapAmb:" + none +
		"\nCapPrm:" + two + "\nCapEff:" + two + "\nCapAmb:" + two
	if got := asDaemon(t, attr, line, ""); got != want {
		t.Errorf("the command, then the daemon:\n%s\nwant\n%s", got, want)
	}
}

func TestADaemonThatMayNotChangeUsersSaysSo(t *testing.T) {
	attr := &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	want := "not run: it has to run as root, and the daemon, which is nobody, may not become another user: run it as root, " +
		"give it CAP_SETUID, CAP_SETGID and CAP_KILL, or set `user: nobody` for the command"
	if got := asDaemon(t, attr, "id -u", "root"); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestCapabilitiesToChangeUsersAreEnough(t *testing.T) {
	attr := &syscall.SysProcAttr{
		Credential:  &syscall.Credential{Uid: nobody, Gid: nobody},
		AmbientCaps: []uintptr{unix.CAP_SETUID, unix.CAP_SETGID, unix.CAP_KILL},
	}
	if got := asDaemon(t, attr, "id -un; id -Gn; grep ^CapEff /proc/self/status | tr -d '\\t'", "daemon"); got !=
		"daemon\ndaemon\nCapEff:0000000000000000" {
		t.Errorf("%q", got)
	}
}

// The program of a test runs as nobody from a safe place, and not from one that others can write.
func TestSafetyOfAProgramInTheFileSystem(t *testing.T) {
	dir, err := os.MkdirTemp("/var/lib", "aloft-command-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	name := filepath.Join(dir, "check")
	if err := os.WriteFile(name, []byte("#!/bin/sh\nid -un\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	secure, insecure := run(t, Settings{}), run(t, Settings{Insecure: true})
	for _, test := range []struct {
		what     string
		dirMode  os.FileMode
		fileMode os.FileMode
		owner    int
		group    int
		want     string
	}{
		{"of root", 0o755, 0o755, 0, 0, "exit status 0: nobody"},
		{"of the user", 0o755, 0o700, nobody, nobody, "exit status 0: nobody"},
		{"written by everybody", 0o755, 0o757, 0, 0, "not run: " + name + " is writable by everybody"},
		{"written by a group", 0o755, 0o775, 0, 8, "not run: " + name + " is writable by the group mail"},
		{"of another", 0o755, 0o755, 1, 0, "not run: " + name + " belongs to daemon"},
		{"in a folder of everybody", 0o777, 0o755, 0, 0, "not run: " + dir + " is writable by everybody"},
		{"in a closed folder", 0o700, 0o755, 0, 0, "not run: nobody may not enter the folder " + dir},
		{"of root alone", 0o755, 0o744, 0, 0, "not run: nobody may not execute " + name},
	} {
		if err := os.Chown(name, test.owner, test.group); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(name, test.fileMode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, test.dirMode); err != nil {
			t.Fatal(err)
		}
		got := secure.Do(t.Context(), Command{Argv: []string{name}}).String()
		if !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: %s, want %s", test.what, got, test.want)
		}
		if !strings.Contains(got, "insecure") {
			continue
		}
		if got := insecure.Do(t.Context(), Command{Argv: []string{name}}); got.String() != "exit status 0: nobody" {
			t.Errorf("%s, with insecure: %v", test.what, got)
		}
	}
}

// A list that lets another user write shows in the permissions of the group alone, and root's is trusted with those.
func TestInspectSeesAnAccessControlList(t *testing.T) {
	const everybody = 1<<32 - 1                      // no user or group in particular
	list := binary.LittleEndian.AppendUint32(nil, 2) // the version, as in <linux/posix_acl_xattr.h>
	for _, e := range []struct {
		tag, permissions uint16
		id               uint32
	}{{0x01, 7, everybody}, {0x02, 7, stranger}, {0x04, 5, everybody}, {0x10, 7, everybody}, {0x20, 5, everybody}} {
		list = binary.LittleEndian.AppendUint16(list, e.tag)
		list = binary.LittleEndian.AppendUint16(list, e.permissions)
		list = binary.LittleEndian.AppendUint32(list, e.id)
	}
	file := script(t, "#!/bin/sh\n")
	if err := os.Chmod(file, 0o775); err != nil {
		t.Fatal(err)
	}
	if e, err := inspect(file); err != nil || e.acl {
		t.Errorf("without a list: %+v, %v", e, err)
	}
	if err := unix.Setxattr(file, "system.posix_acl_access", list, 0); err != nil {
		t.Fatal(err)
	}
	if e, err := inspect(file); err != nil || !e.acl || e.mode&0o777 != 0o775 || e.gid != 0 {
		t.Errorf("with a list: %+v, %v", e, err)
	}
}
