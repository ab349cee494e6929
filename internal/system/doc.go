// Package system has only tests: of whole daemons, in the laboratory of package lab, beside each other and beside other
// implementations.
//
// They judge by what the kernels hold and what is on the wire, never by what a daemon says of itself. They need root;
// those with the tag interop need keepalived, frr, tshark or haproxy too. With ALOFT_LONG=1 they repeat more and wait
// longer.
package system
