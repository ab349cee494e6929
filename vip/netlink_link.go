package vip

import (
	"errors"
	"os"
	"strings"

	"github.com/mdlayher/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// withoutStatistics is RTEXT_FILTER_SKIP_STATS (rtnetlink.h): a link is to be described without its counters.
const withoutStatistics = 1 << 3

// LinkName implements [Kernel].
func (k *Netlink) LinkName(ifindex int) (string, error) {
	head := nl.NewIfInfomsg(unix.AF_UNSPEC)
	head.Index = int32(ifindex)
	msgs, err := k.execute(netlink.Message{
		Header: netlink.Header{Type: unix.RTM_GETLINK, Flags: netlink.Request},
		Data:   appendAttribute(head.Serialize(), unix.IFLA_EXT_MASK, nl.Uint32Attr(withoutStatistics)),
	})
	if err != nil {
		return "", k.checked(err)
	}
	for _, m := range msgs {
		if name := parseLinkName(m.Data); name != "" {
			return name, nil
		}
	}
	return "", unix.ENODEV
}

// parseLinkName reads the name from the body of an RTM_NEWLINK message.
func parseLinkName(b []byte) string {
	if len(b) < unix.SizeofIfInfomsg {
		return ""
	}
	ad, err := netlink.NewAttributeDecoder(b[unix.SizeofIfInfomsg:])
	if err != nil {
		return ""
	}
	for ad.Next() {
		if ad.Type() == unix.IFLA_IFNAME {
			return ad.String()
		}
	}
	return ""
}

// Promote implements [Kernel].
func (k *Netlink) Promote(ifindex int, on bool) (bool, error) {
	name, err := k.LinkName(ifindex)
	if err != nil {
		return false, err
	}
	file := "/proc/sys/net/ipv4/conf/" + name + "/promote_secondaries"
	content, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return false, unix.ENODEV
	}
	if err != nil {
		return false, err
	}
	was := strings.TrimSpace(string(content)) != "0"
	if was == on {
		return was, nil
	}
	value := "0"
	if on {
		value = "1"
	}
	return was, os.WriteFile(file, []byte(value), 0o644)
}
