package config

import (
	"time"

	"github.com/aloft-ha/aloft/vrrp"
)

// Authentication is how the adverts of a router are authenticated.
type Authentication struct {
	Pass   Secret // of version 2
	Keys   []KeySource
	Active uint8
	Mode   vrrp.AuthMode
	Replay vrrp.Replay
	Window time.Duration
}

// KeySource says where a key comes from.
type KeySource struct {
	ID    uint8
	Kind  KeyKind
	Value Secret
}

// KeyKind is the kind of a key's source.
type KeyKind uint8

// Secret is never printed.
type Secret string
