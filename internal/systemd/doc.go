// Package systemd asks and tells systemd about units, by D-Bus (org.freedesktop.systemd1(5)).
//
// It connects when it is first asked, and again after a loss, and every call ends with its context, also when the bus or
// systemd hangs. It never runs systemctl, never changes a unit's configuration, and never asks for a password: what its
// user may not do is an error. tracker asks for states through it, internal/service starts and stops units.
//
// An error is a whole sentence, as people see it: "systemd does not answer: …", "there is no unit x.service".
package systemd
