// Package scout listens to the links of this host for a while and tells which VRRP routers are heard there.
//
// It never sends, and never looks at what an advert asks for: one of any version is worth knowing. What is unicast to other
// machines it cannot hear. `aloft init` calls it.
package scout
