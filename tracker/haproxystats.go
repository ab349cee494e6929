package tracker

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"strings"
)

const (
	maxStats    = 4 << 20 // bytes; HAProxy writes some 400 for each server
	maxDown     = 5       // servers that are named
	statsHeader = "# "
)

// The values of the column "type" ("Management Guide" of HAProxy, 9.1).
const (
	typeFrontend = "0"
	typeBackend  = "1"
	typeServer   = "2"
)

// stats is what the statistics have of one frontend and one backend.
type stats struct {
	frontend string // its status; empty: there is none
	backend  string // its status; empty: there is none
	servers  int
	up       int
	down     []string // "name STATUS" of the first that are not up
}

// notStatsError says what came in place of statistics.
type notStatsError struct{ text string }

func (e *notStatsError) Error() string { return e.text }

// readStats reads the answer to "show stat": a line of column names after "# ", a line for each frontend, server and
// backend, and an empty line, without which the answer is not complete.
func readStats(r io.Reader, frontend, backend string) (*stats, error) {
	end := &ending{r: io.LimitReader(r, maxStats)}
	b := bufio.NewReader(end)
	if err := checkHeader(b); err != nil {
		return nil, err
	}
	lines := csv.NewReader(b)
	lines.FieldsPerRecord, lines.ReuseRecord = -1, true
	line, err := lines.Read()
	if err != nil {
		return nil, statsError(err)
	}
	at := columnsOf(line)
	if !at.complete() {
		return nil, &notStatsError{"it has not the columns pxname, svname, type and status"}
	}
	found := &stats{}
	for {
		line, err := lines.Read()
		switch {
		case err == io.EOF && end.total == maxStats:
			return nil, &notStatsError{"they are more than 4 MiB"}
		case err == io.EOF && string(end.last[:]) != "\n\n":
			return nil, io.ErrUnexpectedEOF
		case err == io.EOF:
			return found, nil
		case err != nil:
			return nil, statsError(err)
		case at.last() >= len(line):
			continue // of an answer that breaks off, as its end will show
		}
		found.add(line[at.proxy], line[at.server], line[at.kind], line[at.status], frontend, backend)
	}
}

// checkHeader takes the mark of the first line.
func checkHeader(b *bufio.Reader) error {
	start, err := b.Peek(len(statsHeader))
	if err == nil && string(start) == statsHeader {
		_, err = b.Discard(len(statsHeader))
		return err
	}
	if err != nil && err != io.EOF {
		return err
	}
	line, err := b.ReadSlice('\n')
	text := strings.TrimSpace(brief(string(line)))
	switch {
	case strings.HasPrefix(text, "Unknown command"):
		return &notStatsError{`it does not know the command "show stat"; is it the stats socket of HAProxy?`}
	case text == "" && err == io.EOF:
		return io.ErrUnexpectedEOF
	}
	return &notStatsError{"it says " + quoted(text)}
}

// statsError tells an answer that cannot be read from a connection that broke.
func statsError(err error) error {
	if _, ok := errors.AsType[*csv.ParseError](err); ok {
		return &notStatsError{"line " + err.Error()}
	}
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// columns is where the columns are that matter; HAProxy adds new ones at the end.
type columns struct{ proxy, server, kind, status int }

func columnsOf(header []string) columns {
	at := columns{-1, -1, -1, -1}
	for i, name := range header {
		switch name {
		case "pxname":
			at.proxy = i
		case "svname":
			at.server = i
		case "type":
			at.kind = i
		case "status":
			at.status = i
		}
	}
	return at
}

func (c columns) complete() bool { return min(c.proxy, c.server, c.kind, c.status) >= 0 }

func (c columns) last() int { return max(c.proxy, c.server, c.kind, c.status) }

// add takes a line. A proxy of the kind "listen" is a frontend and a backend of one name.
func (s *stats) add(proxy, server, kind, status, frontend, backend string) {
	switch {
	case kind == typeFrontend && proxy == frontend:
		s.frontend = brief(status)
	case kind == typeBackend && proxy == backend:
		s.backend = brief(status)
	case kind == typeServer && proxy == backend:
		s.servers++
		if serves(status) {
			s.up++
		} else if len(s.down) < maxDown {
			s.down = append(s.down, brief(server+" "+status))
		}
	}
}

// serves says whether a server with a status gets new connections: "UP", one that has failed a check but not enough of
// them ("UP 1/3"), and one that is not checked. Not so "DRAIN", "NOLB", "MAINT (via app/app1)", "DOWN 1/2".
func serves(status string) bool {
	word, _, _ := strings.Cut(status, " ")
	return word == "UP" || status == "no check"
}

// ending remembers how much was read and the last two bytes of it.
type ending struct {
	r     io.Reader
	total int
	last  [2]byte
}

func (e *ending) Read(b []byte) (int, error) {
	n, err := e.r.Read(b)
	e.total += n
	switch {
	case n >= 2:
		copy(e.last[:], b[n-2:n])
	case n == 1:
		e.last[0], e.last[1] = e.last[1], b[0]
	}
	return n, err
}
