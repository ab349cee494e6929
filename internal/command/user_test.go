package command

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUsers(t *testing.T) {
	var u users
	nobody, err := u.find("nobody")
	if err != nil || nobody.name != "nobody" || nobody.uid != 65534 {
		t.Fatalf("%+v, %v", nobody, err)
	}
	for _, name := range []string{"65534", "nobody"} {
		got, err := u.find(name)
		if diff := cmp.Diff(nobody, got, cmp.AllowUnexported(identity{})); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
	root, err := u.find("root")
	if err != nil || root.uid != 0 || root.gid != 0 || root.home != "/root" {
		t.Errorf("root: %+v, %v", root, err)
	}
	for _, name := range []string{"aloft-nobody", "4000003", "-1"} {
		if got, err := u.find(name); err == nil || !strings.HasPrefix(err.Error(), "there is no user "+name) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestDefaultUserIsNeverRoot(t *testing.T) {
	var u users
	got, err := u.find("")
	if err != nil {
		t.Fatal(err)
	}
	want := os.Geteuid()
	if want == 0 {
		want = 65534
	}
	if int(got.uid) != want {
		t.Errorf("%d, want %d", got.uid, want)
	}
}

func TestOwnUserNeedsNoPrivilege(t *testing.T) {
	own := ownIdentity()
	if err := mayBecome(own); err != nil {
		t.Error(err)
	}
	if c := own.credential(); c != nil {
		t.Errorf("%+v", c)
	}
}

func TestUsersAreReadAgainAfterAChange(t *testing.T) {
	var u users
	if _, err := u.find("nobody"); err != nil {
		t.Fatal(err)
	}
	u.known["nobody"] = identity{name: "kept"}
	if got, _ := u.find("nobody"); got.name != "kept" {
		t.Error("it is read again without a change")
	}
	u.stamp[0].size++
	if got, err := u.find("nobody"); err != nil || got.name != "nobody" {
		t.Errorf("%+v, %v", got, err)
	}
}
