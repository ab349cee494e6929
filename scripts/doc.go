// Package scripts is no code: the folder has the check and notify scripts that belong into /usr/lib/aloft, in POSIX sh,
// and the tests of them.
package scripts
