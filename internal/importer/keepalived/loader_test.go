package keepalived

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLoad(t *testing.T) {
	tests := []struct {
		name  string
		files memory
		id    string
		env   map[string]string
		tree  string
		notes []string
	}{
		{
			"blocks wherever the braces stand",
			memory{"keepalived.conf": "a b {\n c\n}\nd\n{\ne {} f\n}\ng{h i}j\n"},
			"", nil,
			"1: a b {}\n  2: c\n4: d {}\n  6: e {}\n  6: f\n8: g {}\n  8: h i\n8: j\n", nil,
		},
		{
			"comments, spaces and line ends of another system",
			memory{"keepalived.conf": "\ufeff# x\r\n\r\n a \"b # c\" ! d\r\n"},
			"", nil,
			"3: a b # c\n", nil,
		},
		{
			"what is not balanced",
			memory{"keepalived.conf": "a {\nb {\n}\n"},
			"", nil,
			"1: a {}\n  2: b {}\n",
			[]string{"keepalived.conf:1 broken: the block of a is not closed"},
		},
		{
			"what closes nothing",
			memory{"keepalived.conf": "a\n}\nb\n"},
			"", nil,
			"1: a\n3: b\n",
			[]string{"keepalived.conf:2 broken: a } closes nothing"},
		},
		{
			"a block of nothing",
			memory{"keepalived.conf": "{ a }\nb { c } { d }\n"},
			"", nil,
			"1: { {}\n  1: a\n2: b {}\n  2: c\n2: { {}\n  2: d\n", nil,
		},
		{
			"a quote without end",
			memory{"keepalived.conf": "a \"b c\nd\n"},
			"", nil,
			"1: a b c\n2: d\n",
			[]string{`keepalived.conf:1 broken: a quote is not closed`},
		},

		{
			"lines for one node",
			memory{"keepalived.conf": "@www1 a\n@www2 b\n@^www1 c\n@^www2 d\n@www1\te\n@www1\n"},
			"www1", nil,
			"1: a\n4: d\n5: e\n", nil,
		},
		{
			"lines for nodes when the node is not known",
			memory{"keepalived.conf": "@www1 a\n@^www1 b 1\n@www1\nc\n"},
			"", nil,
			"4: c\n",
			[]string{
				"keepalived.conf:1 dropped: @www1 a: the line is for some nodes only",
				"keepalived.conf:2 dropped: @^www1 b ...: the line is for some nodes only",
				"keepalived.conf:3 dropped: @www1: the line is for some nodes only",
			},
		},

		{
			"definitions",
			memory{"keepalived.conf": "$A=x y\n$B = z\n$A $A.b ${A}.b ${NONE} $NONE\n$A=2\na $A\n$E=\ne${E}e $E\n"},
			"", nil,
			"2: $B = z\n3: x y $A.b x y.b ${NONE} $NONE\n5: a 2\n7: ee\n", nil,
		},
		{
			"definitions are put in place when they are used",
			memory{"keepalived.conf": "$BASE=10.2.${SUB}\n$SUB=0\n${BASE}.100/32\n$SUB=10\n${BASE}.100/32\n"},
			"", nil,
			"3: 10.2.0.100/32\n5: 10.2.10.100/32\n", nil,
		},
		{
			"a definition of a condition",
			memory{"keepalived.conf": "$MAIN=@main\n$MAIN a\n@main $P=1\n@backup $P=2\n$MAIN b $P\n"},
			"main", nil,
			"2: a\n5: b 1\n", nil,
		},
		{
			"a definition of several lines",
			memory{"keepalived.conf": "$BLOCK= \\\na $N { \\\n # b 1 \\\n  c \\ # d\n  @x e \\\n}\n$N=1\n$BLOCK\n$N=2\n$BLOCK\n"},
			"x", nil,
			"8: a 1 {}\n  8: c\n  8: e\n10: a 2 {}\n  10: c\n  10: e\n", nil,
		},
		{
			"a definition of several lines that begins on its first",
			memory{"keepalived.conf": "$V=192.0.2.1 \\\n 192.0.2.2 \\ # x\n 192.0.2.3\n$V\n@b $W=a \\\nb\nc\n@a $X=a \\ # x\nb\n$X\n"},
			"a", nil,
			"4: 192.0.2.1\n4: 192.0.2.2\n4: 192.0.2.3\n7: c\n10: a\n10: b\n", nil,
		},
		{
			"definitions in definitions",
			memory{"keepalived.conf": "$RS= \\\nr $I { \\\n w ${I}0 \\\n}\n$VS= \\\nv { \\\n$I=1 \\\n$RS \\\n$I=2 \\\n$RS \\\n}\nx $VS y\n"},
			"", nil,
			"12: x v {}\n  12: r 1 {}\n    12: w 10\n  12: r 2 {}\n    12: w 20\n12: y\n", nil,
		},
		{
			"a definition of several lines for another node",
			memory{"keepalived.conf": "@b $X= \\\na \\\nb\n$X\nc\n"},
			"a", nil,
			"4: $X\n5: c\n", nil,
		},
		{
			"an empty line ends a definition",
			memory{"keepalived.conf": "$X= \\\na \\\n\nb\n$X\n"},
			"", nil,
			"4: b\n5: a\n", nil,
		},
		{
			"a definition that the file ends in",
			memory{"keepalived.conf": "include sub\n$X\n", "sub": "$X= \\\na \\"},
			"", nil,
			"2: a\n", nil,
		},

		{
			"what is defined from the start",
			memory{"keepalived.conf": "a ${_PWD}/x ${_INSTANCE} \"${_HASH}${_BANG}\" ${_ENV HOME}\nb ${_HASH} c\n"},
			"www1",
			map[string]string{"HOME": "/root"},
			"1: a ./x www1 #! /root\n2: b\n", nil,
		},
		{
			"what is not known",
			memory{"keepalived.conf": "a ${_INSTANCE} ${_ENV HOME}\nb ${_RANDOM} ${_RANDOM 5 9}\n"},
			"", nil,
			"1: a ${_INSTANCE} ${_ENV HOME}\n2: b 0 5\n",
			[]string{
				"keepalived.conf:1 broken: ${_INSTANCE} is the name of the node, which is not known",
				"keepalived.conf:1 broken: ${_ENV HOME} is a variable of keepalived's environment, which is not looked at",
				"keepalived.conf:2 chosen: ${_RANDOM } is another number at each start of keepalived; 0 is taken",
				"keepalived.conf:2 chosen: ${_RANDOM 5 9} is another number at each start of keepalived; 5 is taken",
			},
		},

		{
			"sequences",
			memory{"keepalived.conf": "~SEQ(I,0,2) a $I\n~SEQ(I,3) b${I}\n~SEQ(I,-2) c $I\n~SEQ(I,5,-2,1) d $I\n~SEQx(I, 0x90, 0x10, 0xb0) e:${I}\n$I\n"},
			"", nil,
			"1: a 0\n1: a 1\n1: a 2\n2: b1\n2: b2\n2: b3\n3: c -1\n3: c -2\n4: d 5\n4: d 3\n4: d 1\n5: e:90\n5: e:a0\n5: e:b0\n6: $I\n", nil,
		},
		{
			"names before a comma and a parenthesis",
			memory{"keepalived.conf": "$A=1\n$B=2\n~SEQ(I,$A,$B) a $I\n~LST(I, $A,x,$B) b ($I) $I, $I.c\n"},
			"", nil,
			"3: a 1\n3: a 2\n4: b (1) 1, $I.c\n4: b (x) x, $I.c\n4: b (2) 2, $I.c\n", nil,
		},
		{
			"lists",
			memory{"keepalived.conf": "$N=2\n~LST(I, x, y) ~SEQ(J,1,$N) a $I $J\n~LST({I,J},{1,2},{3,4}) b${I}${J}\n"},
			"", nil,
			"2: a x 1\n2: a x 2\n2: a y 1\n2: a y 2\n3: b12\n3: b34\n", nil,
		},
		{
			"a loop of a block",
			memory{"keepalived.conf": "$V= \\\nv $I { \\\n p 10$I \\\n q 10${I} \\\n}\n~SEQ(I,1,2) $V\n"},
			"", nil,
			"6: v 1 {}\n  6: p 101\n  6: q 101\n6: v 2 {}\n  6: p 102\n  6: q 102\n", nil,
		},
		{
			"a loop behind a brace, and spaces before its parenthesis",
			memory{"keepalived.conf": "a { ~SEQ (I, 1,2) b$I c${I}\n}\nd {@x e }\n"},
			"x", nil,
			"1: a {}\n  1: b1 c1\n  1: b2 c2\n3: d {}\n  3: e\n", nil,
		},
		{
			"an escaped hash in a definition",
			memory{"keepalived.conf": "$OFF=\\#\n$OFF a\nb $OFF c\n\\#d\n"},
			"", nil,
			"3: b\n4: #d\n", nil,
		},
		{"loops that cannot be read", memory{"keepalived.conf": "~SEQ(I,1,0,9) a\n~SEQ(I) a\n~SEQ(I,x) a\n~LST(I) a\n~LST({I,J},1) a\n~SEQ a\n~SEQ(I,1,99999999) a\n~SEQUEL(I,1) a\n"}, "", nil, "", []string{
			"keepalived.conf:1 broken: ~SEQ(I,1,0,9) cannot be read",
			"keepalived.conf:2 broken: ~SEQ(I) cannot be read",
			"keepalived.conf:3 broken: ~SEQ(I,x) cannot be read",
			"keepalived.conf:4 broken: ~LST(...) cannot be read",
			"keepalived.conf:5 broken: ~LST(...) cannot be read",
			"keepalived.conf:6 broken: ~SEQ has no closing parenthesis",
			"keepalived.conf:7 broken: ~SEQ(I,1,99999999) cannot be read",
			"keepalived.conf:8 broken: ~SEQUEL(I,1) cannot be read",
		}},

		{"includes are relative to the file that has them", memory{
			"keepalived.conf": "a\ninclude sub/*.conf\nincluder \"last\" # x\n",
			"sub/1.conf":      "b\ninclude deep/{x,y}\n", "sub/2.conf": "c\n", "sub/deep/x": "dx ${_PWD}\n", "sub/deep/y": "dy\n", "last": "e\n",
		}, "", nil, "1: a\n1: b\n1: dx sub/deep\n1: dy\n1: c\n1: e\n", nil},
		{"includes for one node, with a definition, in a loop and in a definition", memory{
			"keepalived.conf": "$DIR=sub\n@www1 include sub/a\n@www2 include sub/b\ninclude ${DIR}/c\n~SEQ(I,1,2) include sub/d$I\n$ALL= \\\ninclude ${DIR}/a \\\nx\n$ALL\n$I=include\n$I sub/a\ny { include sub/c\n}\n",
			"sub/a":           "a\n", "sub/b": "b\n", "sub/c": "c\n", "sub/d1": "d $I\n", "sub/d2": "e $I\n",
		}, "www1", nil, "1: a\n1: c\n1: d 1\n1: e 2\n1: a\n9: x\n1: a\n12: y {}\n  1: c\n", nil},
		{
			"an included file may close a block",
			memory{"keepalived.conf": "a {\ninclude in\nc\n", "in": "b }\n"},
			"", nil,
			"1: a {}\n  1: b\n3: c\n", nil,
		},
		{"includes that lead nowhere", memory{"keepalived.conf": "include none$I.x\ninclude\nincludea [\ninclude loop\n", "loop": "include keepalived.conf\n"}, "", nil, "", []string{
			"keepalived.conf:1 broken: include none$I.x matches no file here",
			"keepalived.conf:2 broken: include names no file",
			"keepalived.conf:3 broken: include [: syntax error in pattern",
			"keepalived.conf:3 broken: include [ matches no file here",
			"loop:1 broken: include keepalived.conf runs in a circle",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tree, notes := parse(t, &loader{id: test.id, env: test.env}, test.files)
			if diff := cmp.Diff(test.tree, tree); diff != "" {
				t.Errorf("tree (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.notes, notes); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLoadIsBounded gives the loader small files that would become endless ones.
func TestLoadIsBounded(t *testing.T) {
	deep := memory{"keepalived.conf": "include 1\n"}
	for i := range 30 {
		deep[strings.Repeat("1", i+1)] = "include " + strings.Repeat("1", i+2) + "\n"
	}
	tests := []struct {
		name  string
		files memory
		want  string
	}{
		{"a definition of itself", memory{"keepalived.conf": "$A=$A\n$A\n"}, "has no end"},
		{"a definition that doubles", memory{"keepalived.conf": "$A=${A}${A}x\n${A}\n"}, "too large"},
		{"a definition of itself in several lines", memory{"keepalived.conf": "$A= \\\n$A \\\n$A \\\nx\n$A\n"}, "has no end"},
		{"loops in loops", memory{"keepalived.conf": "~SEQ(A,1,60000) ~SEQ(B,1,60000) ~SEQ(C,1,60000) x\n"}, "too large"},
		{"loops of nothing", memory{"keepalived.conf": "~SEQ(A,1,60000) ~SEQ(B,1,60000)\n"}, "too large"},
		{"doubling in a row", memory{"keepalived.conf": "$A=" + strings.Repeat("x", 4000) + "\n$B=${A}${A}${A}${A}\n$C=${B}${B}${B}${B}\n$D=${C}${C}${C}\n${D}\n"}, "too large"},
		{"blocks in blocks", memory{"keepalived.conf": strings.Repeat("a {\n", 100)}, "nested more than 32 deep"},
		{"too many statements", memory{"keepalived.conf": strings.Repeat("a\n", maxStatements+10)}, "too large"},
		{"long values in the arguments of a loop", memory{"keepalived.conf": "$X=" + strings.Repeat("x", 600) + "$X\n" + strings.Repeat("~SEQ(i,$X)z\n", 100)}, "too large"},
		{"includes of nothing", memory{"keepalived.conf": strings.Repeat("include none\n", 100)}, "too large"},
		{"an include of many patterns", memory{"keepalived.conf": "include " + strings.Repeat("{a,b}", 8) + "\n"}, "too large"},
		{"includes of folders everywhere", memory{"keepalived.conf": "include *\ninclude */*/x\n"}, "too large"},
		{"an include of folders in folders", memory{"keepalived.conf": "include /" + strings.Repeat("*/", 100) + "x\n"}, "too large"},
		{"comments that are included", memory{"keepalived.conf": "~SEQ(i,1,500) include x\n", "x": strings.Repeat("#\n", 1000)}, "too large"},
		{"includes in includes", deep, "nested more than 16 deep"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, notes := parse(t, &loader{most: 1 << 18}, test.files)
			if !strings.Contains(strings.Join(notes, "\n"), test.want) {
				t.Errorf("want a note that it %s, got %q", test.want, notes)
			}
			if len(notes) > maxNotes+1 {
				t.Errorf("%d notes", len(notes))
			}
		})
	}
}

func TestExpandBraces(t *testing.T) {
	tests := []struct {
		pattern string
		want    []string
	}{
		{"a", []string{"a"}},
		{"{foo/{,cat,dog},bar}x", []string{"foo/x", "foo/catx", "foo/dogx", "barx"}},
		{"a{b}c{d,e}", []string{"abcd", "abce"}},
		{"a{b", []string{"a{b"}},
		{"}{", []string{"}{"}},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, expandBraces(test.pattern, 100)); diff != "" {
			t.Errorf("expandBraces(%q) (-want +got):\n%s", test.pattern, diff)
		}
	}
	if got := len(expandBraces(strings.Repeat("{a,b}", 40), 100)); got > 100 {
		t.Errorf("want 100 patterns at most, got %d", got)
	}
}
