package lab

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
)

// FRR prepares the host for an FRR outside of a cluster: the devices that vrrpd needs for the addresses of each virtual
// router, all of one family, and a running zebra. It returns the command of a vrrpd that reads the configuration. Called
// again with the same directory it makes only what is not there.
func (h *Host) FRR(dir string, routers map[uint8][]netip.Addr, conf string) (*exec.Cmd, error) {
	if err := ownByFRR(dir); err != nil {
		return nil, err
	}
	for vrid, addresses := range routers {
		if err := h.addVirtualDevice(vrid, addresses); err != nil && !errors.Is(err, os.ErrExist) {
			return nil, err
		}
	}
	file := filepath.Join(dir, "vrrpd.conf")
	if err := os.WriteFile(file, []byte(conf), 0o644); err != nil {
		return nil, err
	}
	if c, err := net.Dial("unix", filepath.Join(dir, "zserv")); err == nil {
		return frrCommand(dir, "vrrpd", file), c.Close()
	}
	n := &Node{Host: h, Dir: dir}
	return frrCommand(dir, "vrrpd", file), n.startZebra()
}
