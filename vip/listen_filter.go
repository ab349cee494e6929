package vip

import (
	"slices"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// strayFilter drops frames for other hosts, which come when the interface is in promiscuous mode. The kernel counts frames
// of a VLAN that has no interface here among them, and rightly: their addresses belong to another link. What falls through
// goes on to the next instructions.
var strayFilter = []bpf.Instruction{
	bpf.LoadExtension{Num: bpf.ExtType},
	bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: unix.PACKET_OTHERHOST, SkipTrue: 1},
	bpf.RetConstant{Val: 0},
}

// gratuitousFilter passes gratuitous ARP frames alone, requests and replies. It keeps a busy segment's ordinary ARP from
// waking us; parseARP looks at the frame again.
var gratuitousFilter = []bpf.Instruction{
	bpf.LoadAbsolute{Off: 12, Size: 2},
	bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: etherTypeARP, SkipTrue: 9},
	bpf.LoadAbsolute{Off: ethernetHeader, Size: 4}, // the kinds of both addresses
	bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: arpEthernet<<16 | arpIPv4, SkipTrue: 7},
	bpf.LoadAbsolute{Off: ethernetHeader + 6, Size: 2}, // the operation
	bpf.JumpIf{Cond: bpf.JumpGreaterThan, Val: arpReply, SkipTrue: 5},
	bpf.LoadAbsolute{Off: ethernetHeader + 14, Size: 4}, // the sender's address
	bpf.TAX{},
	bpf.LoadAbsolute{Off: ethernetHeader + 24, Size: 4}, // the target's address
	bpf.JumpIfX{Cond: bpf.JumpNotEqual, SkipTrue: 1},
	bpf.RetConstant{Val: arpFrame},
	bpf.RetConstant{Val: 0},
}

func assembleARPFilter() ([]bpf.RawInstruction, error) {
	return bpf.Assemble(slices.Concat(strayFilter, gratuitousFilter))
}
