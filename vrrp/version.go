package vrrp

// Version says which version of VRRP a packet is of, or which ones a router speaks. The zero value is the current one.
type Version uint8

// The versions. A packet is never of Version2And3.
const (
	Version3     Version = iota // RFC 9568 and RFC 5798
	Version2                    // RFC 3768, which knows IPv4 alone
	Version2And3                // both, while a cluster changes from one to the other: RFC 9568 section 8.4.2
)

// String returns the word of the configuration file.
func (v Version) String() string {
	switch v {
	case Version3:
		return "3"
	case Version2:
		return "2"
	case Version2And3:
		return "2+3"
	}
	return "invalid"
}
