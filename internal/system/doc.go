// Package system has only tests: of whole daemons, in the laboratory of package lab, beside each other and beside other
// implementations.
//
// They judge by what the kernels hold and what is on the wire, never by what a daemon says of itself. They need root;
// those with the tag interop need keepalived, frr, tshark or haproxy too. With ALOFT_LONG=1 they repeat more and wait
// longer.
//
// Those with the tag hmacpeer beside it are not part of CI: they need a keepalived of version 2.4.2 or later, which signs
// adverts and is in no Debian yet. ALOFT_KEEPALIVED_HMAC is its path, and without it they fail:
//
//	ALOFT_KEEPALIVED_HMAC=/path/to/keepalived \
//	go test -tags privileged,interop,hmacpeer -run TestKeyed ./internal/system
package system
