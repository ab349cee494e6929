package daemon

import (
	"fmt"
	"io/fs"
	"strings"

	"golang.org/x/sys/unix"
)

// needed are the capabilities without which no router could serve.
var needed = []struct {
	bit  int
	name string
}{
	{unix.CAP_NET_ADMIN, "CAP_NET_ADMIN"}, // addresses
	{unix.CAP_NET_RAW, "CAP_NET_RAW"},     // adverts
}

// checkCapabilities says what this process lacks. The error is fs.ErrPermission.
func checkCapabilities() error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return fmt.Errorf("reading the capabilities of this process: %w", err)
	}
	if lacking := missingCapabilities(uint64(data[1].Effective)<<32 | uint64(data[0].Effective)); lacking != "" {
		return fmt.Errorf("this process lacks %s: run it as root, or give it both (%w)", lacking, fs.ErrPermission)
	}
	return nil
}

// missingCapabilities names the needed capabilities that are not in the set; empty: none.
func missingCapabilities(effective uint64) string {
	var names []string
	for _, c := range needed {
		if effective&(1<<c.bit) == 0 {
			names = append(names, c.name)
		}
	}
	return strings.Join(names, " and ")
}
