package tracker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const maxHeader = 64 << 10 // bytes of an answer's header

// httpProbe asks for one page, over a new connection each time: what is to be known is whether the server still accepts
// them. It speaks HTTP/1.1, obeys no proxy of the environment, and asks for no compression, which would hide the text.
type httpProbe struct {
	kind    HTTP
	client  *http.Client
	request *http.Request
	err     error // why there is no request
}

func newHTTPProbe(k HTTP) *httpProbe {
	p := &httpProbe{kind: k}
	p.client = &http.Client{
		Transport: &http.Transport{
			DialContext:            (&net.Dialer{KeepAlive: -1}).DialContext,
			DisableKeepAlives:      true,
			DisableCompression:     true,
			MaxResponseHeaderBytes: maxHeader,
			TLSClientConfig:        &tls.Config{ServerName: hostOnly(k.Host), InsecureSkipVerify: k.Insecure},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if p.request, p.err = http.NewRequest(http.MethodGet, k.URL, nil); p.err == nil {
		p.request.Host = k.Host
		p.request.Header.Set("User-Agent", "aloft")
	}
	return p
}

// hostOnly is the host of what a Host header says, which may have a port.
func hostOnly(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		return h
	}
	return strings.Trim(host, "[]")
}

// check asks once. The answer has to be complete, or 64 KiB long, or to contain the wanted text, before ctx ends.
func (p *httpProbe) check(ctx context.Context) Result {
	if p.err != nil {
		return Result{Text: brief(p.err.Error())}
	}
	start := time.Now()
	resp, err := p.client.Do(p.request.WithContext(ctx))
	if err != nil {
		return Result{Text: explainHTTP(ctx, start, err)}
	}
	defer resp.Body.Close()
	status := strings.TrimSpace(fmt.Sprintf("%d %s", resp.StatusCode, http.StatusText(resp.StatusCode)))
	if !p.wants(resp.StatusCode) {
		return Result{Text: "status " + status}
	}
	found, _, err := find(resp.Body, p.kind.Body)
	switch {
	case err != nil:
		return Result{Text: explainHTTP(ctx, start, err)}
	case !found:
		return Result{Text: "the page does not contain " + quoted(p.kind.Body)}
	}
	return Result{OK: true, Text: status + " in " + took(start)}
}

func (p *httpProbe) wants(status int) bool {
	if len(p.kind.Status) == 0 {
		return status >= 200 && status <= 399
	}
	return slices.Contains(p.kind.Status, status)
}

// explainHTTP is explain for what net/http and crypto/tls report.
func explainHTTP(ctx context.Context, start time.Time, err error) string {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	certificate, ofCertificate := errors.AsType[*tls.CertificateVerificationError](err)
	record, ofRecord := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case ofCertificate:
		return explainCertificate(certificate.Err)
	case errors.Is(err, http.ErrSchemeMismatch):
		return "the server speaks HTTP, not HTTPS"
	case ofRecord:
		return "the server does not speak TLS: " + brief(record.Msg)
	}
	return explain(ctx, start, innermost(err))
}

// innermost strips what net/http puts around an error that is not of the network: "transport connection broken" and such.
func innermost(err error) error {
	for {
		_, ofNetwork := err.(*net.OpError)
		inner := errors.Unwrap(err)
		if ofNetwork || inner == nil {
			return err
		}
		err = inner
	}
}

func (p *httpProbe) close() { p.client.CloseIdleConnections() }
