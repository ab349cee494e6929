package daemon

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/tracker"
)

// proxies are programs that are usually bound to the floating addresses themselves.
var proxies = []string{"haproxy", "nginx", "pound", "squid", "varnish", "envoy", "traefik"}

// warnNonlocalBind warns where a tracked proxy may not be able to start on a standby: a program cannot bind to an address
// that the host does not have, unless the kernel is told to let it.
func warnNonlocalBind(cfg *config.Config, instances []config.Instance, log *slog.Logger) {
	names := trackedProxies(cfg.Trackers, instances)
	if len(names) == 0 {
		return
	}
	for family, key := range map[string]string{"IPv4": "net.ipv4.ip_nonlocal_bind", "IPv6": "net.ipv6.ip_nonlocal_bind"} {
		if !floats(instances, family == "IPv6") || sysctl(key) != "0" {
			continue
		}
		log.Warn("a proxy that binds to the floating addresses cannot start while another node has them",
			"trackers", strings.Join(names, " "), "family", family,
			"next", "sysctl "+key+"=1, kept in /etc/sysctl.d; or let the proxy bind to all addresses")
	}
}

// sysctl reads a kernel parameter; empty if there is none.
func sysctl(key string) string {
	value, _ := os.ReadFile(filepath.Join("/proc/sys", strings.ReplaceAll(key, ".", "/")))
	return string(bytes.TrimSpace(value))
}

// floats says whether an instance has a floating address of the family.
func floats(instances []config.Instance, ipv6 bool) bool {
	return slices.ContainsFunc(instances, func(inst config.Instance) bool {
		return slices.ContainsFunc(inst.Addresses, func(a config.Address) bool { return a.Prefix.Addr().Is6() == ipv6 })
	})
}

// trackedProxies names the trackers of these instances that look at a proxy.
func trackedProxies(specs []tracker.Spec, instances []config.Instance) (names []string) {
	for _, s := range tracked(specs, instances) {
		if looksAtProxy(s.Kind) {
			names = append(names, s.Name)
		}
	}
	return names
}

// looksAtProxy says whether a tracker's words have the name of a proxy.
func looksAtProxy(kind tracker.Kind) bool {
	var words string
	switch k := kind.(type) {
	case tracker.HAProxy:
		return true
	case tracker.Process:
		words = k.Name + k.PIDFile
	case tracker.Systemd:
		words = k.Unit
	case tracker.Script:
		words = strings.Join(k.Argv, " ")
	}
	return slices.ContainsFunc(proxies, func(p string) bool { return strings.Contains(words, p) })
}

// tracked returns the trackers that one of these instances looks at: no others are run.
func tracked(specs []tracker.Spec, instances []config.Instance) (list []tracker.Spec) {
	wanted := make(map[string]bool)
	for i := range instances {
		for _, e := range instances[i].Track {
			wanted[e.Tracker] = true
		}
	}
	for _, s := range specs {
		if wanted[s.Name] {
			list = append(list, s)
		}
	}
	return list
}
