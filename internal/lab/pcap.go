package lab

import (
	"encoding/binary"
	"io"
)

// WritePCAP writes frames as a capture file, so that another program can judge them: pcap with nanoseconds, Ethernet.
func WritePCAP(w io.Writer, frames []Frame) error {
	const nanosecondMagic, snapLen, ethernet = 0xa1b23c4d, 1 << 16, 1
	le := binary.LittleEndian
	b := le.AppendUint32(nil, nanosecondMagic)
	b = le.AppendUint16(b, 2) // version 2.4
	b = le.AppendUint16(b, 4)
	b = le.AppendUint64(b, 0) // time zone and accuracy, both always 0
	b = le.AppendUint32(b, snapLen)
	b = le.AppendUint32(b, ethernet)
	for _, f := range frames {
		b = le.AppendUint32(b, uint32(f.At.Unix()))
		b = le.AppendUint32(b, uint32(f.At.Nanosecond()))
		b = le.AppendUint32(b, uint32(len(f.Bytes))) // captured
		b = le.AppendUint32(b, uint32(len(f.Bytes))) // on the wire
		b = append(b, f.Bytes...)
	}
	_, err := w.Write(b)
	return err
}
