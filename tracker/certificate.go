package tracker

import (
	"bytes"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"time"
)

// maxNames is how many names of a certificate a sentence has.
const maxNames = 3

// explainCertificate says in a sentence why a certificate was not believed.
func explainCertificate(err error) string {
	host, ofHost := errors.AsType[x509.HostnameError](err)
	authority, ofAuthority := errors.AsType[x509.UnknownAuthorityError](err)
	invalid, ofInvalid := errors.AsType[x509.CertificateInvalidError](err)
	switch {
	case ofHost:
		return "the certificate is for " + certificateNames(host.Certificate) + ", not " + host.Host
	case ofAuthority && authority.Cert != nil && bytes.Equal(authority.Cert.RawIssuer, authority.Cert.RawSubject):
		return "the certificate is signed by itself, not by an authority that this host trusts"
	case ofAuthority:
		return "the certificate is signed by an authority that this host does not trust"
	case ofInvalid && invalid.Reason == x509.Expired:
		return explainDates(invalid.Cert, time.Now())
	}
	return brief(err.Error())
}

// explainDates says which of a certificate's dates is wrong.
func explainDates(c *x509.Certificate, now time.Time) string {
	if now.Before(c.NotBefore) {
		return "the certificate is not valid before " + c.NotBefore.UTC().Format(time.DateTime) + " UTC"
	}
	return "the certificate has expired on " + c.NotAfter.UTC().Format(time.DateTime) + " UTC"
}

// certificateNames lists some of the names that a certificate is for.
func certificateNames(c *x509.Certificate) string {
	names := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	switch {
	case len(names) == 0:
		return "nobody"
	case len(names) > maxNames:
		return brief(strings.Join(names[:maxNames], ", ")) + " and others"
	}
	return brief(strings.Join(names, ", "))
}
