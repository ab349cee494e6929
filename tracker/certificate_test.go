package tracker

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

// issue makes a certificate, signed by a parent or, without one, by itself.
func issue(t *testing.T, template x509.Certificate, parent *tls.Certificate) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber, template.BasicConstraintsValid = big.NewInt(1), true
	if template.NotAfter.IsZero() {
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	signer, signerKey := &template, any(key)
	if parent != nil {
		signer, signerKey = parent.Leaf, parent.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, signer, key.Public(), signerKey)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// TestCertificatesThatAreNotBelieved asks real servers: what crypto/tls reports is explained.
func TestCertificatesThatAreNotBelieved(t *testing.T) {
	authority := issue(t, x509.Certificate{
		Subject: pkix.Name{CommonName: "authority"}, IsCA: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil)
	subject := pkix.Name{CommonName: "server"}
	here := []net.IP{net.IPv4(127, 0, 0, 1)}
	day := func(year int) time.Time { return time.Date(year, 1, 2, 3, 4, 5, 0, time.UTC) }
	for _, c := range []struct {
		name        string
		certificate *tls.Certificate
		trusts      bool
		text        string
	}{
		{"for another", issue(t, x509.Certificate{Subject: subject, DNSNames: []string{"www.example.org"}}, authority), true, "the certificate is for www.example.org, not 127.0.0.1"},
		{"for nobody", issue(t, x509.Certificate{Subject: subject}, authority), true, "the certificate is for nobody, not 127.0.0.1"},
		{"expired", issue(t, x509.Certificate{Subject: subject, IPAddresses: here, NotBefore: day(2019), NotAfter: day(2020)}, authority), true, "the certificate has expired on 2020-01-02 03:04:05 UTC"},
		{"of the future", issue(t, x509.Certificate{Subject: subject, IPAddresses: here, NotBefore: day(2920), NotAfter: day(2921)}, authority), true, "the certificate is not valid before 2920-01-02 03:04:05 UTC"},
		{"of an unknown authority", issue(t, x509.Certificate{Subject: subject, IPAddresses: here}, authority), false, "the certificate is signed by an authority that this host does not trust"},
		{"self-signed", issue(t, x509.Certificate{Subject: subject, IPAddresses: here}, nil), false, "the certificate is signed by itself, not by an authority that this host trusts"},
		{"not for servers", issue(t, x509.Certificate{Subject: subject, IPAddresses: here, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, authority), true, "x509: certificate specifies an incompatible key usage"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := httptest.NewUnstartedServer(page(200, "ok"))
			s.Config.ErrorLog = discardLog()
			s.TLS = &tls.Config{Certificates: []tls.Certificate{*c.certificate}}
			s.StartTLS()
			defer s.Close()
			p := newHTTPProbe(HTTP{URL: s.URL})
			if c.trusts {
				p.trusting(authority.Leaf)
			}
			p.check(within(t, ample)).judge(t, false, c.text)
		})
	}
}

func TestOtherCertificateErrorsAreSaidAsTheyAre(t *testing.T) {
	if got := explainCertificate(errors.New("something\nnew")); got != "something new" {
		t.Errorf("%q", got)
	}
	many := &x509.Certificate{DNSNames: []string{strings.Repeat("a", 1000), "b"}}
	if got := certificateNames(many); len(got) > maxBrief+len("…") {
		t.Errorf("%d bytes of names", len(got))
	}
}
