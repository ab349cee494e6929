package daemon

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/aloft-ha/aloft/internal/config"
)

// askAgain is how often a machine that has no name yet looks whether it has one now.
const askAgain = time.Second

// findSelf finds out which node this is. Early at boot it waits: until then the host has neither name nor address.
func findSelf(ctx context.Context, cfg *config.Config, flag string, log *slog.Logger) (string, error) {
	waiting := false
	for {
		node, err := cfg.FindSelf(host(flag))
		if !errors.Is(err, config.ErrNotYet) {
			return node, err
		}
		if !waiting {
			waiting = true
			log.Warn("waiting to learn which node this is", "error", err)
		}
		select {
		case <-ctx.Done():
			return "", err
		case <-time.After(askAgain):
		}
	}
}

// host gathers what this machine knows about itself. What cannot be read is left empty: FindSelf says what is missing.
func host(flag string) config.Host {
	h := config.Host{Flag: flag, Env: os.Getenv("ALOFT_NODE")}
	h.HostName, _ = os.Hostname()
	addrs, _ := net.InterfaceAddrs()
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok {
			if addr, ok := netip.AddrFromSlice(n.IP); ok {
				h.LocalAddresses = append(h.LocalAddresses, addr.Unmap())
			}
		}
	}
	return h
}
