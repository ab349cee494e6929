//go:build privileged

package vip

import (
	"testing"
	"time"

	"github.com/mdlayher/netlink"
)

// The kernel works on a request inside the system call that sends it, and may wait there for its other changes for longer
// than anybody waits for an answer. Then the answers are there, and nothing must be called lost.
func TestRealAnswersAreReadAfterASlowRequest(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	h := newRealHost(t)
	k, err := NewNetlink()
	must(t, err)
	defer func() { must(t, k.Close()) }()
	const prefix = "192.0.2.7/32"
	must(t, k.conn.SetReadDeadline(time.Now().Add(netlinkPatience))) // of an exchange before
	msgs, err := k.conn.SendMessages([]netlink.Message{opMessage(Op{Kind: OpAdd, Address: h.addresses(prefix)[0]})})
	must(t, err)
	time.Sleep(netlinkPatience + 10*time.Millisecond) // stands for the wait inside sendmsg
	errs := make([]error, 1)
	k.answers(msgs, errs)
	if errs[0] != nil {
		t.Errorf("the address is there, and its answer is %v, want none", errs[0])
	}
	if _, ok := h.find(prefix); !ok {
		t.Error("the address is not there")
	}
}
