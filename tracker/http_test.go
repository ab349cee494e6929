package tracker

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"
)

// httpServer answers by handle for the time of the test.
func httpServer(t testing.TB, handle http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	return s
}

// page answers with a status and a text.
func page(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

// matches compares a result with a pattern for its text.
func (r Result) matches(t *testing.T, ok bool, pattern string) {
	t.Helper()
	r.Text = aLittle.ReplaceAllString(r.Text, "within 100ms")
	if r.OK != ok || r.Numeric || !regexp.MustCompile("^"+pattern+"$").MatchString(r.Text) {
		t.Errorf("got %+v, want OK %t and %s", r, ok, pattern)
	}
}

const duration = `\d+(\.\d+)?(µs|ms|s)`

func TestHTTPPages(t *testing.T) {
	long := strings.Repeat("x", maxAnswer)
	for _, c := range []struct {
		name   string
		status int
		page   string
		kind   HTTP // without the URL
		ok     bool
		text   string
	}{
		{"fine", 200, "it is ok", HTTP{}, true, "200 OK in " + duration},
		{"with a text", 200, "it is ok", HTTP{Body: "ok"}, true, "200 OK in " + duration},
		{"without the text", 200, "maintenance", HTTP{Body: "ok"}, false, `the page does not contain "ok"`},
		{"the text comes too late", 200, long + "ok", HTTP{Body: "ok"}, false, `the page does not contain "ok"`},
		{"huge", 200, long + long + long, HTTP{}, true, "200 OK in " + duration},
		{"no content", 204, "", HTTP{}, true, "204 No Content in " + duration},
		{"399 is the last good one", 399, "", HTTP{}, true, "399 in " + duration},
		{"400 is not", 400, "ok", HTTP{Body: "ok"}, false, "status 400 Bad Request"},
		{"unavailable", 503, "", HTTP{}, false, "status 503 Service Unavailable"},
		{"a status that nobody knows", 599, "", HTTP{}, false, "status 599"},
		{"a wanted status", 401, "", HTTP{Status: []int{200, 401}}, true, "401 Unauthorized in " + duration},
		{"another than wanted", 204, "", HTTP{Status: []int{200, 401}}, false, "status 204 No Content"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.kind.URL = httpServer(t, page(c.status, c.page)).URL
			p := newHTTPProbe(c.kind)
			defer p.close()
			for range 2 {
				p.check(within(t, ample)).matches(t, c.ok, c.text)
			}
		})
	}
}

// TestHTTPRedirectsAreNotFollowed: a redirect is judged by its status, and where it leads is not asked.
func TestHTTPRedirectsAreNotFollowed(t *testing.T) {
	other := httpServer(t, func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") })
	s := httpServer(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusMovedPermanently)
	})
	newHTTPProbe(HTTP{URL: s.URL}).check(within(t, ample)).matches(t, true, "301 Moved Permanently in "+duration)
	newHTTPProbe(HTTP{URL: s.URL, Status: []int{200}}).check(within(t, ample)).matches(t, false, "status 301 Moved Permanently")
}

// TestHTTPRequest looks at what the server gets, with a proxy in the environment that nobody may be asked for.
func TestHTTPRequest(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://"+nobody(t))
	t.Setenv("http_proxy", "http://"+nobody(t))
	requests, peers := make(chan *http.Request, 2), make(chan string, 2)
	s := httpServer(t, func(_ http.ResponseWriter, r *http.Request) {
		requests <- r
		peers <- r.RemoteAddr
	})
	p := newHTTPProbe(HTTP{URL: s.URL + "/health?full=1", Host: "www.example.org:8080"})
	for range 2 {
		p.check(within(t, ample)).matches(t, true, "200 OK in "+duration)
	}
	if first, second := <-peers, <-peers; first == second {
		t.Errorf("both checks came from %s: no new connection was made", first)
	}
	r := <-requests
	if r.Method != "GET" || r.Host != "www.example.org:8080" || r.RequestURI != "/health?full=1" || r.UserAgent() != "aloft" ||
		r.Header.Get("Accept-Encoding") != "" || !r.Close {
		t.Errorf("the server got %+v", r)
	}
	newHTTPProbe(HTTP{URL: s.URL}).check(within(t, ample))
	<-requests
	if r := <-requests; "http://"+r.Host != s.URL {
		t.Errorf("without a wanted one the host is %s", r.Host)
	}
}

func TestHTTPFailures(t *testing.T) {
	const header = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
	for _, c := range []struct {
		name     string
		handle   func(context.Context, net.Conn)
		body     string
		patience time.Duration
		ok       bool
		text     string
	}{
		{"silence", silent, "", little, false, "no answer within 100ms"},
		{"half a header", afterRequest("HTTP/1.1 200 OK\r\nCont", true), "", little, false, "no answer within 100ms"},
		{"half a page", afterRequest(header+"half", true), "", little, false, "no answer within 100ms"},
		{"half a page, which has the text", afterRequest(header+"ok", true), "ok", ample, true, "200 OK in " + duration},
		{"half a page without it", afterRequest(header+"half", true), "ok", little, false, "no answer within 100ms"},
		{"closed", afterRequest("", false), "", ample, false, "the connection was closed before the answer was complete"},
		{"closed within the header", afterRequest("HTTP/1.1 200 OK\r\n", false), "", ample, false, "the connection was closed before the answer was complete"},
		{"closed within a line of it", afterRequest("HTTP/1.1 200 OK\r\nCont", false), "", ample, false, `malformed MIME header: missing colon: "Cont"`},
		{"closed within the page", afterRequest(header+"half", false), "", ample, false, "the connection was closed before the answer was complete"},
		{"garbage", afterRequest("SSH-2.0-OpenSSH_9.2\r\n", false), "", ample, false, `malformed HTTP response "SSH-2\.0-OpenSSH_9\.2"`},
		{"a header without an end", afterRequest("HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 2*maxHeader), true), "", ample, false, "net/http: server response headers exceeded 65536 bytes; aborted"},
		{"TLS", afterRequest("\x15\x03\x01\x00\x02\x02\x0a\n", false), "", ample, false, `malformed HTTP response .*`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newHTTPProbe(HTTP{URL: "http://" + serveTCP(t, "127.0.0.1", c.handle), Body: c.body})
			defer p.close()
			for range 2 {
				p.check(within(t, c.patience)).matches(t, c.ok, c.text)
			}
		})
	}
}

// afterRequest reads a request, writes a text, and then closes or waits for the end of the test.
func afterRequest(text string, stay bool) func(context.Context, net.Conn) {
	return func(ctx context.Context, conn net.Conn) {
		_, _ = conn.Read(make([]byte, 4096))
		_, _ = io.WriteString(conn, text)
		if stay {
			<-ctx.Done()
		}
	}
}

func TestHTTPWithoutAServer(t *testing.T) {
	gone := nobody(t)
	newHTTPProbe(HTTP{URL: "http://" + gone}).check(within(t, ample)).judge(t, false, "connection refused by "+gone)
	newHTTPProbe(HTTP{URL: "http://[::1"}).check(within(t, ample)).matches(t, false, `parse .*missing '\]' in host`)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	newHTTPProbe(HTTP{URL: "http://" + gone}).check(ctx).judge(t, false, "stopped before there was an answer")
}

func TestHTTPByIPv6(t *testing.T) {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(page(200, "ok"))
	_ = s.Listener.Close()
	s.Listener = l
	s.Start()
	defer s.Close()
	newHTTPProbe(HTTP{URL: s.URL}).check(within(t, ample)).matches(t, true, "200 OK in "+duration)
}

// trusting makes a probe trust the authority of a certificate.
func (p *httpProbe) trusting(c *x509.Certificate) *httpProbe {
	pool := x509.NewCertPool()
	pool.AddCert(c)
	p.client.Transport.(*http.Transport).TLSClientConfig.RootCAs = pool
	return p
}

func TestHTTPS(t *testing.T) {
	names := make(chan string, 10)
	s := httptest.NewUnstartedServer(page(200, "ok"))
	s.Config.ErrorLog = discardLog()
	s.TLS = &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		names <- hello.ServerName
		return nil, nil
	}}
	s.StartTLS() // for example.com, *.example.com, 127.0.0.1 and ::1
	defer s.Close()
	for _, c := range []struct {
		name   string
		kind   HTTP // without the URL
		trusts bool
		ok     bool
		text   string
		asks   string // the name that TLS asks for
	}{
		{"trusted", HTTP{}, true, true, "200 OK in " + duration, ""},
		{"trusted, by a name", HTTP{Host: "example.com:8443"}, true, true, "200 OK in " + duration, "example.com"},
		{"by an address", HTTP{Host: "[::1]:8443"}, true, true, "200 OK in " + duration, ""},
		{"a wrong name", HTTP{Host: "www.example.org"}, true, false, `the certificate is for example\.com, \*\.example\.com, 127\.0\.0\.1 and others, not www\.example\.org`, "www.example.org"},
		{"a wrong name, insecure", HTTP{Host: "www.example.org", Insecure: true}, true, true, "200 OK in " + duration, "www.example.org"},
		{"an unknown authority", HTTP{}, false, false, "the certificate is signed by (itself, not by )?an authority that this host (trusts|does not trust)", ""},
		{"an unknown authority, insecure", HTTP{Insecure: true}, false, true, "200 OK in " + duration, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.kind.URL = s.URL
			p := newHTTPProbe(c.kind)
			if c.trusts {
				p.trusting(s.Certificate())
			}
			p.check(within(t, ample)).matches(t, c.ok, c.text)
			if got := <-names; got != c.asks {
				t.Errorf("TLS asks for %q, not %q", got, c.asks)
			}
		})
	}
}

func TestHTTPSToOneWhoDoesNotSpeakIt(t *testing.T) {
	plain := httpServer(t, page(200, "ok"))
	newHTTPProbe(HTTP{URL: strings.Replace(plain.URL, "http:", "https:", 1)}).check(within(t, ample)).
		judge(t, false, "the server speaks HTTP, not HTTPS")
	for text, handle := range map[string]func(context.Context, net.Conn){
		"the server does not speak TLS: first record does not look like a TLS handshake": afterRequest("220 mail.example.org ready\r\n", true),
		"the connection was closed before the answer was complete":                       afterRequest("", false),
	} {
		newHTTPProbe(HTTP{URL: "https://" + serveTCP(t, "127.0.0.1", handle)}).check(within(t, ample)).judge(t, false, text)
	}
	newHTTPProbe(HTTP{URL: "https://" + serveTCP(t, "127.0.0.1", silent)}).check(within(t, little)).
		judge(t, false, "no answer within 100ms")
}

func BenchmarkHTTP(b *testing.B) {
	p := newHTTPProbe(HTTP{URL: httpServer(b, page(200, "ok")).URL, Body: "ok"})
	defer p.close()
	benchmarkCheck(b, p.check)
}

func BenchmarkHTTPS(b *testing.B) {
	s := httptest.NewTLSServer(page(200, "ok"))
	defer s.Close()
	p := newHTTPProbe(HTTP{URL: s.URL}).trusting(s.Certificate())
	defer p.close()
	benchmarkCheck(b, p.check)
}
