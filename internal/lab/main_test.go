package lab_test

import (
	"os"
	"testing"

	"github.com/aloft-ha/aloft/internal/lab/labtest"
)

func TestMain(m *testing.M) { os.Exit(labtest.Main(m)) }
