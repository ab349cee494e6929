package heartbeat

import (
	"strconv"
	"strings"

	"github.com/aloft-ha/aloft/internal/importer"
)

// maxKeys is how many keys heartbeat holds: their numbers are below it.
const maxKeys = 16

// readAuthkeys reads authkeys, to say what becomes of it. No key is kept, let alone printed: heartbeat's are words, and those
// of aloft have 32 bytes at least.
func readAuthkeys(text string, n *notebook) {
	methods := make(map[int]string)
	sign, signLine := -1, 0
	for i, line := range lines(text) {
		words := split(line, blank)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if strings.HasPrefix(words[0], "a") {
			number, ok := keyNumber(words[1:])
			if words[0] != "auth" || !ok {
				n.refuse(i+1, "write auth 1, for example", "the line begins like auth NUMBER and is not")
				continue
			}
			sign, signLine = number, i+1
			continue
		}
		number, ok := keyNumber(words)
		if !ok {
			n.refuse(i+1, "write 1 sha1 SECRET, for example", "the line does not begin with the number of a key, 0 to %d", maxKeys-1)
			continue
		}
		methods[number] = readKey(words[1:], number, i+1, n)
	}
	switch method, ok := methods[sign]; {
	case sign < 0:
		n.refuse(0, "", "no line auth NUMBER says which key signs")
	case !ok:
		n.refuse(signLine, "", "auth %d names a key that is not in the file", sign)
	case method != "":
		noteSigning(method, signLine, n)
	}
}

func keyNumber(words []string) (int, bool) {
	if len(words) == 0 {
		return 0, false
	}
	number, err := strconv.Atoi(words[0])
	return number, err == nil && number >= 0 && number < maxKeys
}

// readKey checks the method and the presence of the secret, and returns the method, or nothing if it is none.
func readKey(words []string, number, line int, n *notebook) string {
	if len(words) == 0 {
		n.refuse(line, "the methods are crc, md5 and sha1", "key %d has no method", number)
		return ""
	}
	switch method, secrets := words[0], len(words)-1; method {
	case "crc":
		if secrets > 0 {
			n.refuse(line, "a comment must stand on a line of its own", "key %d is crc, which takes no secret, and something follows it", number)
		}
	case "md5", "sha1":
		switch {
		case secrets == 0:
			n.refuse(line, "", "key %d is %s and has no secret", number, method)
		case secrets > 1:
			n.add(line, importer.Broken, "", "key %d has more than one word; a secret is one word, and heartbeat takes the first", number)
		}
	default:
		// The word is not repeated: a line without a method has the secret in its place.
		n.refuse(line, "the methods are crc, md5 and sha1", "key %d has a method that heartbeat does not know", number)
		return ""
	}
	return words[0]
}

// noteSigning says what is lost with the key that signs.
func noteSigning(method string, line int, n *notebook) {
	if method == "crc" {
		n.add(line, importer.Dropped, "", "crc protects from broken cables, not from people: VRRP has a checksum of its own, and nothing is lost")
		return
	}
	n.add(line, importer.Dropped, `make a new key of 32 bytes, the same on all nodes: echo "hex:$(openssl rand -hex 32)" > /etc/aloft/keys/cluster; and write defaults: {authentication: {keys: {1: file:/etc/aloft/keys/cluster}}}`,
		"the key (%s) is left out, so the adverts are not signed as heartbeat's packets are: its keys are shorter than those of aloft", method)
}
