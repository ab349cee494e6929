package main

import (
	"encoding/json"
	"io"

	"github.com/aloft-ha/aloft/internal/config"
)

// The JSON that check prints. A router has every key that the file may give it, with all defaults filled in; what is
// left for the daemon to find out is left out.
type (
	checkJSON struct {
		File     string         `json:"file"`
		OK       bool           `json:"ok"`
		Problems []problemJSON  `json:"problems"`
		Routers  []instanceJSON `json:"routers"`

		Trackers []trackerJSON          `json:"trackers"`
		Groups   []groupJSON            `json:"groups"`
		Notify   map[string]commandJSON `json:"notify,omitempty"` // for every router and group
		FIFO     string                 `json:"fifo,omitempty"`
		Scripts  *scriptsJSON           `json:"scripts,omitempty"`
	}
	problemJSON struct {
		Line     int    `json:"line"`
		Column   int    `json:"column"`
		Severity string `json:"severity"`
		Message  string `json:"message"`
		Hint     string `json:"hint,omitempty"`
		Path     string `json:"path,omitempty"`
	}
	instanceJSON struct {
		Node          string        `json:"node"`
		Router        string        `json:"router"`
		VRID          uint8         `json:"vrid"`
		Interface     string        `json:"interface"` // empty: the link that carries an address of the node
		Addresses     []addressJSON `json:"addresses"`
		Priority      uint8         `json:"priority"`
		AutoFailback  bool          `json:"auto_failback"`
		Transport     string        `json:"transport"`
		SourceAddress string        `json:"source_address,omitempty"`
		MinTTL        uint8         `json:"min_ttl,omitempty"`
		Checksum      string        `json:"checksum"`
		Version       string        `json:"version"`
		Interval      float64       `json:"advert_interval_seconds"`
		DownAdverts   int           `json:"down_adverts"`
		Takeover      float64       `json:"takeover_seconds"`
		PreemptDelay  float64       `json:"preempt_delay_seconds"`
		StartupDelay  float64       `json:"startup_delay_seconds"`
		LinkUpDelay   float64       `json:"link_up_delay_seconds"`
		Lease         *float64      `json:"lease_seconds,omitempty"` // 0: off
		Farewell      string        `json:"farewell"`
		Peers         []peerJSON    `json:"peers"`

		Authentication *authenticationJSON `json:"authentication,omitempty"`

		Group    string                 `json:"group,omitempty"`
		Track    []effectJSON           `json:"track"` // of its group too
		Notify   map[string]commandJSON `json:"notify,omitempty"`
		FIFO     string                 `json:"fifo,omitempty"`
		Services []serviceJSON          `json:"services"`
	}
	addressJSON struct {
		Address   string `json:"address"` // with its prefix length
		Interface string `json:"interface,omitempty"`
		Label     string `json:"label,omitempty"`
		Scope     string `json:"scope"`
		Advertise bool   `json:"advertise"`
		Source    bool   `json:"source"`
	}
	peerJSON struct {
		Node      string   `json:"node"`
		Priority  uint8    `json:"priority"`
		Addresses []string `json:"addresses"`
	}
)

// writeCheckJSON writes what check found. There is no Config if the file is broken.
func writeCheckJSON(w io.Writer, file string, c *config.Config, problems []config.Problem, rows []config.Instance) error {
	out := checkJSON{
		File: file, OK: true, Problems: []problemJSON{}, Routers: []instanceJSON{}, Trackers: []trackerJSON{}, Groups: []groupJSON{},
	}
	for _, p := range problems {
		out.OK = out.OK && p.Severity != config.Error
		out.Problems = append(out.Problems, problemJSON{p.Line, p.Column, p.Severity.String(), p.Message, p.Hint, p.Path})
	}
	for i := range rows {
		out.Routers = append(out.Routers, instanceOf(&rows[i]))
	}
	if c != nil {
		out.Trackers, out.Groups = trackersOf(c.Trackers), groupsOf(c.Groups)
		out.Notify, out.FIFO = notifyOf(&c.Notify), c.Notify.FIFO
		if s := c.Scripts; s.User != "" || len(s.Environment) > 0 || s.Insecure {
			out.Scripts = &scriptsJSON{s.User, append([]string{}, s.Environment...), s.Insecure}
		}
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(out)
}

// instanceOf says what one node does for one router.
func instanceOf(i *config.Instance) instanceJSON {
	out := instanceJSON{
		Node: i.Node, Router: i.Router, VRID: i.VRID, Interface: i.Interface, Addresses: []addressJSON{},
		Priority: i.Priority, AutoFailback: i.AutoFailback,
		Transport: i.Transport.String(), MinTTL: i.MinTTL, Checksum: i.Checksum.String(), Version: i.Version.String(),
		Interval: i.Interval.Duration().Seconds(), DownAdverts: i.DownAdverts,
		Takeover:     i.Version.ActiveDownInterval(i.Priority, i.Interval, i.DownAdverts).Seconds(),
		PreemptDelay: i.PreemptDelay.Seconds(), StartupDelay: i.StartupDelay.Seconds(), LinkUpDelay: i.LinkUpDelay.Seconds(),
		Farewell: i.Farewell.String(), Peers: []peerJSON{}, Authentication: authenticationOf(&i.Authentication),
		Group: i.Group, Track: effectsOf(i.Track), Notify: notifyOf(&i.Notify), FIFO: i.Notify.FIFO, Services: servicesOf(i.Services),
	}
	if i.SourceAddress.IsValid() {
		out.SourceAddress = i.SourceAddress.String()
	}
	if i.LeaseOff || i.Lease > 0 {
		seconds := i.Lease.Seconds()
		out.Lease = &seconds
	}
	for _, a := range i.Addresses {
		out.Addresses = append(out.Addresses, addressJSON{a.Prefix.String(), a.Interface, a.Label, a.Scope.String(), a.Advertise, a.Source})
	}
	for _, p := range i.Peers {
		peer := peerJSON{p.Node, p.Priority, []string{}}
		for _, a := range p.Addresses {
			peer.Addresses = append(peer.Addresses, a.String())
		}
		out.Peers = append(out.Peers, peer)
	}
	return out
}
