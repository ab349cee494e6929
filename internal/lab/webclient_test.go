package lab

import (
	"testing"
	"time"
)

func TestParsePage(t *testing.T) {
	tests := []struct {
		name, answer, page, err string
	}{
		{"a page", "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nwww1", "www1", ""},
		{"white space", "HTTP/1.0 200 OK\r\n\r\nwww1\n", "www1", ""},
		{"an error", "HTTP/1.1 503 Service Unavailable\r\n\r\nno", "", "status 503"},
		{"nothing", "", "", "the answer is cut short"},
		{"half a head", "HTTP/1.1 200 OK\r\ncontent-", "", "the answer is cut short"},
		{"no status", "hello\r\n\r\n", "", "the answer is cut short"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			page, err := parsePage(test.answer)
			if page != test.page || (err == nil) != (test.err == "") || err != nil && err.Error() != test.err {
				t.Errorf("page %q, %v; want %q, %s", page, err, test.page, test.err)
			}
		})
	}
}

func TestFailuresOfAWebClient(t *testing.T) {
	at := func(ms int) time.Time { return time.Unix(1, 0).Add(time.Duration(ms) * time.Millisecond) }
	c := &WebClient{}
	for i := range 10 {
		c.sent.append(at(i))
		r := WebRequest{Seq: uint64(i), Sent: at(i), Done: at(i).Add(100 * time.Microsecond), Host: "www1"}
		if i >= 3 && i < 7 {
			r.Host, r.Err = "", "connection refused"
		}
		c.requests.append(r)
	}
	failed := c.Failed(at(4), at(100))
	if len(failed) != 3 || failed[0].Seq != 4 {
		t.Errorf("failed %+v, want those from 4 to 6", failed)
	}
	if got := c.Gap(at(0), at(10)).Duration(); got != 5*time.Millisecond {
		t.Errorf("the gap is %v, want 5ms: from the third page to the next", got)
	}
}
