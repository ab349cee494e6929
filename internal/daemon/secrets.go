package daemon

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/keyring"
)

// loadSecrets reads the keys of this node. The error is a [ConfigError].
func loadSecrets(cfg *config.Config, node string) error {
	if problems := keyring.Load(cfg, node, os.Getenv("CREDENTIALS_DIRECTORY")); len(problems) > 0 {
		return &ConfigError{Problems: problems}
	}
	return nil
}

// seal has the kernel write no core of this process and let no other process of its user look into it, prctl(2). It stays so
// after the last key is gone: what memory it was in is not known.
func seal() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("keeping secrets out of cores: %w", err)
	}
	return nil
}
