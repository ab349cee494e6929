package command

import "strings"

// programPath is the PATH of all commands, and where a program without a slash is looked for.
const programPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// environ returns the whole environment of a command that runs as the user. Nothing of the daemon's own is in it. A later
// list wins over an earlier one.
func environ(who identity, lists ...[]string) []string {
	// The shell of an account is often one that refuses to run anything, so SHELL is what cron(8) sets.
	env := []string{
		"PATH=" + programPath, "LANG=C.UTF-8", "HOME=" + who.home, "USER=" + who.name, "LOGNAME=" + who.name, "SHELL=" + shell,
	}
	for _, list := range lists {
		for _, entry := range list {
			env = setEnv(env, entry)
		}
	}
	return env
}

// setEnv puts the entry in the place of one of its name, or at the end.
func setEnv(env []string, entry string) []string {
	name, _, _ := strings.Cut(entry, "=")
	for i, old := range env {
		if strings.HasPrefix(old, name) && strings.HasPrefix(old[len(name):], "=") {
			env[i] = entry
			return env
		}
	}
	return append(env, entry)
}
