package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestJournalHandsOutEachItemOnce(t *testing.T) {
	var j journal[int]
	j.append(1, 2)
	got, next := j.since(0)
	if !slices.Equal(got, []int{1, 2}) || next != 2 {
		t.Fatalf("first %v, next %d", got, next)
	}
	if got, next = j.since(next); len(got) != 0 || next != 2 {
		t.Fatalf("nothing new is %v, next %d", got, next)
	}
	j.append(3)
	if got, next = j.since(next); !slices.Equal(got, []int{3}) || next != 3 {
		t.Fatalf("then %v, next %d", got, next)
	}
}

func TestJournalWithALimitForgetsTheOldest(t *testing.T) {
	j := journal[int]{limit: 10}
	for i := range 100 {
		j.append(i)
		if n := len(j.all()); n > 10 {
			t.Fatalf("%d items are kept", n)
		}
	}
	all := j.all()
	if len(all) < 5 || all[len(all)-1] != 99 {
		t.Errorf("the last items are %v", all)
	}
	if got, next := j.since(97); !slices.Equal(got, []int{97, 98, 99}) || next != 100 {
		t.Errorf("since 97 there are %v, next %d", got, next)
	}
	if got, _ := j.since(3); !slices.Equal(got, all) {
		t.Errorf("since what is forgotten there are %v, want all that are left, %v", got, all)
	}
}

func TestAwaitFindsWhatIsThereAndWhatComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal[int]
		j.append(1)
		if got, err := j.await(t.Context(), func(n int) bool { return n == 1 }); got != 1 || err != nil {
			t.Errorf("what is there: %d, %v", got, err)
		}
		go func() {
			time.Sleep(time.Second)
			j.append(2, 3)
		}()
		began := time.Now()
		got, err := j.await(t.Context(), func(n int) bool { return n > 1 })
		if got != 2 || err != nil || time.Since(began) != time.Second {
			t.Errorf("what comes: %d, %v after %s", got, err, time.Since(began))
		}
	})
}

func TestAwaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal[int]
		j.append(1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := j.await(ctx, func(n int) bool { return n == 2 }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the error is %v", err)
		}
	})
}

func TestOutputSplitsLinesHoweverTheyCome(t *testing.T) {
	const text = "one\ntwo\r\n\nfour is longer\n"
	want := []string{"one", "two", "", "four is longer"}
	for size := 1; size <= len(text); size++ {
		o := newOutput()
		for chunk := range slices.Chunk([]byte(text), size) {
			if n, err := o.Write(chunk); n != len(chunk) || err != nil {
				t.Fatalf("write: %d, %v", n, err)
			}
		}
		var got []string
		for _, l := range o.Lines() {
			got = append(got, l.Text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("in pieces of %d: %q", size, got)
		}
	}
}

func TestOutputIsBounded(t *testing.T) {
	o := newOutput()
	for i := range 3 * outputLimit {
		if _, err := fmt.Fprintf(o, "line %d\n", i); err != nil {
			t.Fatal(err)
		}
	}
	lines := o.Lines()
	if n := len(lines); n > outputLimit || n < outputLimit/2 {
		t.Errorf("%d lines are kept", n)
	}
	if got, want := o.Tail(1)[0].Text, fmt.Sprintf("line %d", 3*outputLimit-1); got != want {
		t.Errorf("the last is %q, want %q", got, want)
	}
	if o.Contains("line 0\n") || !o.Contains(fmt.Sprintf("line %d", 3*outputLimit-1)) {
		t.Error("the wrong end was forgotten")
	}
	if got := o.Tail(1 << 30); len(got) != len(lines) {
		t.Errorf("a tail longer than all is %d lines", len(got))
	}
	if !strings.HasSuffix(o.String(), lines[len(lines)-1].Text+"\n") {
		t.Error("the text does not end with the last line")
	}
}
