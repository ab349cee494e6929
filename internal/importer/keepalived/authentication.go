package keepalived

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/importer"
	"github.com/aloft-ha/aloft/vrrp"
)

// auth is what an instance says about authentication. No note repeats a word of it but keywords: a line that is wrong may
// have a secret in any place.
type auth struct {
	at     *statement // the block authentication; nil: there is none
	kind   string     // PASS or AH; empty: not said
	pass   string
	passAt *statement
	hmac   *statement // the block auth_hmac; nil: there is none
	keys   config.Authentication
}

// readAuthentication reads the password of version 2.
func readAuthentication(src *source, in *instance, s *statement) {
	in.auth.at = s
	src.spare(s, s.args())
	for _, entry := range s.block {
		entry.use(true)
		switch value := src.secretValue(entry, 1); {
		case value == nil:
		case entry.keyword() == "auth_pass":
			in.auth.pass, in.auth.passAt = value[0], entry
		case entry.keyword() == "auth_type" && (value[0] == "PASS" || value[0] == "AH"):
			in.auth.kind = value[0]
		case entry.keyword() == "auth_type":
			src.note(entry, importer.Broken, "", "auth_type is PASS or AH, and this is neither: keepalived ignores it")
		default:
			src.note(entry, importer.Broken, "", "this is no keyword of authentication: auth_type and auth_pass are")
		}
	}
}

// secretValue returns the values of a statement that may be a secret; nil if there are not as many as wanted.
func (src *source) secretValue(s *statement, wanted int) []string {
	args := s.args()
	if len(args) < wanted {
		src.note(s, importer.Broken, "", "a value is missing here")
		return nil
	}
	if len(args) > wanted || s.open {
		src.note(s, importer.Broken, "", "keepalived does not look at what follows the value here")
	}
	return args[:wanted]
}

// readHMAC reads the keys of keepalived 2.4.2 and later. Several blocks are one.
func readHMAC(src *source, in *instance, s *statement) {
	in.auth.hmac = s
	src.spare(s, s.args())
	for _, entry := range s.block {
		entry.use(true)
		if entry.keyword() == "key" {
			src.readKey(in, entry)
		} else {
			src.readHMACSetting(&in.auth.keys, entry)
		}
	}
}

// readKey reads one key.
func (src *source) readKey(in *instance, s *statement) {
	value := src.secretValue(s, 2)
	if value == nil {
		return
	}
	id, err := strconv.ParseUint(value[0], 10, 8)
	if err != nil || id == 0 {
		src.note(s, importer.Broken, "", "the number of a key is 1 to 255, and this is none: keepalived refuses the key")
		return
	}
	if slices.ContainsFunc(in.auth.keys.Keys, func(k config.KeySource) bool { return k.ID == uint8(id) }) {
		src.note(s, importer.Broken, "", "key %d is there already, and keepalived takes the first", id)
		return
	}
	key, wrong := keyOf(value[1])
	if wrong != "" {
		src.note(s, importer.Broken, "give all nodes a new one: openssl rand -hex 32", "key %d %s", id, wrong)
		return
	}
	key.ID = uint8(id)
	in.auth.keys.Keys = append(in.auth.keys.Keys, key)
}

// credentials is the folder of the unit's credentials where nothing has been put in its place.
const credentials = "${_ENV CREDENTIALS_DIRECTORY}/"

// keyOf makes ours of a key of keepalived, or says what is wrong with it.
func keyOf(text string) (key config.KeySource, wrong string) {
	file, inFile := strings.CutPrefix(text, "file:")
	digits, isHex := strings.CutPrefix(text, "hex:")
	name, inUnit := strings.CutPrefix(file, credentials)
	switch {
	case inFile && inUnit && !strings.Contains(name, "/"):
		return config.KeySource{Kind: config.KeyCredential, Value: config.Secret(name)}, ""
	case inFile && !strings.HasPrefix(file, "/"):
		return key, "is in a file that has no whole path"
	case inFile:
		return config.KeySource{Kind: config.KeyFile, Value: config.Secret(file)}, ""
	case isHex:
		key = config.KeySource{Kind: config.KeyHex, Value: config.Secret(digits)}
	default:
		key = config.KeySource{Kind: config.KeyText, Value: config.Secret(text)}
	}
	if _, err := config.KeyBytes(key.Kind, string(key.Value)); err != nil {
		return key, "is refused by keepalived too: " + err.Error()
	}
	if !writable(text) {
		return key, "has characters that a file of aloft cannot have: write it as hex:"
	}
	return key, ""
}

// writable says that a text can stand in a file of aloft as it is.
func writable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

// readHMACSetting reads what auth_hmac says beside keys.
func (src *source) readHMACSetting(a *config.Authentication, s *statement) {
	value := src.secretValue(s, 1)
	if value == nil {
		return
	}
	n, err := strconv.Atoi(value[0])
	known := true
	switch s.keyword() {
	case "active_key":
		if known = err == nil && n >= 1 && n <= 255; known {
			a.Active = uint8(n)
		}
	case "time_window":
		if window := time.Duration(n) * time.Second; err == nil && window >= vrrp.MinWindow && window <= vrrp.MaxWindow {
			a.Window = window
		} else {
			known = false
		}
	case "anti_replay":
		known = choose(value[0], &a.Replay, vrrp.ReplayTime, vrrp.ReplayMonotonic)
	case "mode":
		known = choose(value[0], &a.Mode, vrrp.AuthEnforce, vrrp.AuthPermissive, vrrp.AuthReceiveOnly)
	default:
		src.note(s, importer.Broken, "", "this is no keyword of auth_hmac: key, active_key, time_window, anti_replay and mode are")
		return
	}
	if !known {
		src.note(s, importer.Broken, "", "%s has a value that keepalived refuses, and ignores", s.keyword())
	}
}

// choose sets a value by its word, if it is one of the words.
func choose[V interface{ String() string }](word string, into *V, values ...V) bool {
	i := slices.IndexFunc(values, func(v V) bool { return v.String() == word })
	if i >= 0 {
		*into = values[i]
	}
	return i >= 0
}

// authenticate finds out what keepalived makes of all that, and says where that is nothing.
func (m *member) authenticate() {
	a, src := &m.in.auth, m.src
	legacy := m.legacy()
	if a.hmac == nil {
		m.settings.Authentication.Pass = legacy
		return
	}
	if legacy != "" {
		src.note(a.at, importer.Broken, "", "keepalived drops authentication beside auth_hmac")
	}
	if !slices.ContainsFunc(a.keys.Keys, func(k config.KeySource) bool { return k.ID == a.keys.Active }) {
		src.note(a.hmac, importer.Broken, "write active_key with the number of a key", "no key has the number of active_key, so keepalived switches auth_hmac off")
		return
	}
	m.settings.Authentication = a.keys
	if a.keys.Replay == vrrp.ReplayMonotonic {
		m.settings.Authentication.Window = 0
	}
}

// legacy returns the password of version 2; empty: keepalived uses none, or aloft cannot.
func (m *member) legacy() config.Secret {
	a, src := &m.in.auth, m.src
	switch {
	case a.at == nil || a.kind == "" && a.pass == "":
		return ""
	case a.kind == "":
		src.note(a.passAt, importer.Broken, "", "auth_pass without auth_type: keepalived authenticates nothing")
	case m.strict():
		src.note(a.at, importer.Broken, "", "keepalived ignores authentication in its strict mode")
	case src.version(m.in) == 3:
		src.note(a.at, importer.Broken, "use authentication: {keys: ...}, which is keepalived's auth_hmac", "keepalived ignores authentication with VRRP version 3")
	case a.pass == "":
		src.note(a.at, importer.Broken, "", "there is no auth_pass, so keepalived ignores authentication")
	case a.kind == "AH":
		src.note(a.at, importer.Dropped, "write auth_type PASS or auth_hmac on all nodes before aloft joins them: a node with AH hears none without",
			"auth_type AH is not carried over: aloft does not speak it, as RFC 3768 took it out of VRRP")
	default:
		return m.password()
	}
	return ""
}

// password returns what goes over the wire of a password.
func (m *member) password() config.Secret {
	pass := m.in.auth.pass
	if len(pass) > config.MaxPass {
		m.src.note(m.in.auth.passAt, importer.Changed, "", "auth_pass has %d bytes: the first %d count, and the others are left out", len(pass), config.MaxPass)
		pass = pass[:config.MaxPass]
	}
	if !writable(pass) {
		m.src.note(m.in.auth.passAt, importer.Dropped, "take another password on all nodes", "auth_pass has characters in its first %d bytes that a file of aloft cannot have", config.MaxPass)
		return ""
	}
	return config.Secret(pass)
}

// strict says whether an instance is in keepalived's strict mode.
func (m *member) strict() bool {
	if m.in.strictAt != nil {
		return m.in.strict
	}
	return m.src.global.strict
}
