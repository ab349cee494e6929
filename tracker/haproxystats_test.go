package tracker

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// header is the first line as HAProxy 2.6 writes it, cut after the columns that matter.
const header = "# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,weight," +
	"act,bck,chkfail,chkdown,lastchg,downtime,qlimit,pid,iid,sid,throttle,lbtot,tracked,type,rate,last_chk,\n"

// row is a line below it.
func row(proxy, server, status, kind string) string {
	return proxy + "," + server + ",0,0,0,1,9984,2,0,0,0,0,,0,0,0,0," + status + `,1,1,0,,0,5,,,1,7,1,,2,,` + kind + `,0,"a ""quoted"", text",` + "\n"
}

// show puts an answer together.
func show(rows ...string) string { return header + strings.Join(rows, "") + "\n" }

// shop is two frontends, a backend with servers in many states, one without servers, and a proxy that is both.
var shop = show(
	row("www", "FRONTEND", "OPEN", "0"),
	row("www", "sock-1", "OPEN", "3"),
	row("old", "FRONTEND", "STOP", "0"),
	row("app", "app1", "UP", "2"),
	row("app", "app2", "UP 1/3", "2"),
	row("app", "app3", "no check", "2"),
	row("app", "app4", "DOWN", "2"),
	row("app", "app5", "DOWN 1/2", "2"),
	row("app", "app6", "MAINT", "2"),
	row("app", "app7", "MAINT (via app/app6)", "2"),
	row("app", "app8", "DRAIN", "2"),
	row("app", "app9", "NOLB", "2"),
	row("app", "BACKEND", "UP", "1"),
	row("static", "BACKEND", "UP", "1"),
	row("dead", "dead1", "DOWN", "2"),
	row("dead", "dead2", "MAINT", "2"),
	row("dead", "BACKEND", "DOWN", "1"),
	row("gone", "BACKEND", "DOWN", "1"),
	row("both", "FRONTEND", "OPEN", "0"),
	row("both", "app1", "UP", "2"),
	row("both", "BACKEND", "UP", "1"),
)

func TestStats(t *testing.T) {
	appDown := []string{"app4 DOWN", "app5 DOWN 1/2", "app6 MAINT", "app7 MAINT (via app/app6)", "app8 DRAIN"}
	for _, c := range []struct {
		name              string
		frontend, backend string
		want              stats
	}{
		{"nothing asked", "", "", stats{}},
		{"a frontend", "www", "", stats{frontend: "OPEN"}},
		{"a stopped one", "old", "", stats{frontend: "STOP"}},
		{"a backend", "", "app", stats{backend: "UP", servers: 9, up: 3, down: appDown}},
		{"one without servers", "", "static", stats{backend: "UP"}},
		{"both of one name", "both", "both", stats{frontend: "OPEN", backend: "UP", servers: 1, up: 1}},
		{"a backend is no frontend", "app", "www", stats{}},
	} {
		for way, r := range map[string]io.Reader{
			"at once":      strings.NewReader(shop),
			"byte by byte": iotest.OneByteReader(strings.NewReader(shop)),
		} {
			t.Run(c.name+" "+way, func(t *testing.T) {
				got, err := readStats(r, c.frontend, c.backend)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.want, *got, cmp.AllowUnexported(stats{})); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestStatsOfAnotherVersion has the columns in another order and place.
func TestStatsOfAnotherVersion(t *testing.T) {
	got, err := readStats(strings.NewReader("# type,new,status,svname,pxname\n0,x,OPEN,FRONTEND,www\n\n"), "www", "")
	if err != nil || got.frontend != "OPEN" {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestStatsAreWholeOrAnError cuts an answer at every byte.
func TestStatsAreWholeOrAnError(t *testing.T) {
	small := show(row("www", "FRONTEND", "OPEN", "0"), row("app", "app1", "UP", "2"))
	for n := range len(small) {
		if got, err := readStats(strings.NewReader(small[:n]), "www", "app"); err == nil {
			t.Fatalf("%d of %d bytes are %+v", n, len(small), got)
		}
	}
	broken := errors.New("broken")
	for _, n := range []int{0, 1, 10, len(header), len(small) - 1} {
		r := io.MultiReader(strings.NewReader(small[:n]), iotest.ErrReader(broken))
		if got, err := readStats(r, "www", "app"); !errors.Is(err, broken) {
			t.Errorf("broken after %d bytes: %+v, %v", n, got, err)
		}
	}
}

func TestStatsThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		"Unknown command, but maybe one of the following ones is a better match:\n  show env\n\n": `it does not know the command "show stat"; is it the stats socket of HAProxy?`,
		"Unknown command: 'show stat'\n":                            `it does not know the command "show stat"; is it the stats socket of HAProxy?`,
		"Permission denied\n\n":                                     `it says "Permission denied"`,
		"HTTP/1.1 400 Bad Request\r\n\r\n":                          `it says "HTTP/1.1 400 Bad Request"`,
		strings.Repeat("x", 1<<20):                                  `it says "` + strings.Repeat("x", maxBrief) + `…"`,
		"# pxname,svname,status\n\n":                                "it has not the columns pxname, svname, type and status",
		header + "a,\"b\" c,\n\n":                                   `line parse error on line 2, column 5: extraneous or missing " in quoted-field`,
		show(strings.Repeat(row("a", "b", "UP", "2"), maxStats/80)): "they are more than 4 MiB",
	} {
		got, err := readStats(strings.NewReader(text), "", "")
		if _, ok := errors.AsType[*notStatsError](err); !ok || err.Error() != want {
			t.Errorf("%.60q: %+v, %v; want %s", text, got, err, want)
		}
	}
}

func FuzzStats(f *testing.F) {
	f.Add(shop)
	f.Add("# \n\n")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := readStats(strings.NewReader(text), "www", "app")
		if (got == nil) == (err == nil) {
			t.Fatalf("%+v, %v", got, err)
		}
		if err == nil && (got.up > got.servers || len(got.down) > got.servers-got.up) {
			t.Fatalf("%+v", got)
		}
	})
}
