package rules_test

import "testing"

// TestSecurityNamesTestsThatExist holds the page about hostile networks to what it claims.
func TestSecurityNamesTestsThatExist(t *testing.T) {
	declared := declaredTests(t)
	named := testNamed.FindAllStringSubmatch(read(t, "../../docs/security.md"), -1)
	if len(named) == 0 {
		t.Error("the page names no test: this one reads nothing")
	}
	for _, m := range named {
		if !declared[m[1]] {
			t.Errorf("docs/security.md names %s, which is in no file", m[1])
		}
	}
}
