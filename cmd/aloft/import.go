package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/aloft-ha/aloft/internal/config"
	"github.com/aloft-ha/aloft/internal/importer"
)

// newImport is where the importer of each foreign tool is registered.
func newImport() *cobra.Command {
	command := &cobra.Command{
		Use:   "import",
		Short: "Make an aloft.yaml of another tool's files",
		Long: "Make an aloft.yaml of another tool's files. The file goes to standard output; whatever is not carried over, or\n" +
			"means something else to aloft, goes to standard error with its place and what to do instead.",
	}
	command.AddCommand(
		newImportHeartbeat(),
		newImportKeepalived(),
	)
	return command
}

// importOptions is what the command lines of all importers have in common.
type importOptions struct {
	json   bool
	output string
}

func (o *importOptions) register(command *cobra.Command) {
	command.Flags().BoolVar(&o.json, "json", false, "print one JSON object with the file and the notes")
	command.Flags().StringVarP(&o.output, "output", "o", "", "write to a new `file` instead of standard output, if it is one that check accepts")
}

// deliver prints what an importer made. A file that check would refuse is printed too, for a person to put right, but
// it is not done then.
func deliver(r *importer.Result, o importOptions, stdout, stderr io.Writer) error {
	file, problems := r.Checked("aloft.yaml")
	refused := countErrors(problems)
	if o.json {
		if err := writeImportJSON(stdout, r, file, problems); err != nil {
			return err
		}
	} else {
		if err := importer.PrintNotes(stderr, r.Notes); err != nil {
			return err
		}
		if err := config.Render(stderr, file, problems, colored(stderr)); err != nil {
			return err
		}
	}
	if o.output != "" && r.Cluster != nil && refused == 0 {
		mode := os.FileMode(0o644)
		if r.Cluster.Secret() {
			mode = 0o600
		}
		if err := writeNew(o.output, file, mode); err != nil {
			return err
		}
	} else if !o.json {
		if _, err := stdout.Write(file); err != nil {
			return fmt.Errorf("writing the file: %w", err)
		}
	}
	switch {
	case r.Cluster == nil:
		return withExit(exitUsage, nothingImported(r.Notes))
	case refused > 0:
		return withExit(exitUsage, fmt.Errorf("the file has to be completed by hand: %s", countProblems(problems)))
	}
	return nil
}

// nothingImported says why there is no file: the first reason, which stands among many notes, and how many more there are.
func nothingImported(notes []importer.Note) error {
	refused := slices.DeleteFunc(slices.Clone(notes), func(n importer.Note) bool { return n.Kind != importer.Refused })
	switch len(refused) {
	case 0:
		return errors.New("there is no virtual router to carry over")
	case 1:
		return fmt.Errorf("nothing is imported: %s: %s", refused[0].Place(), refused[0].What)
	}
	return fmt.Errorf("nothing is imported: %s: %s (and %d more)", refused[0].Place(), refused[0].What, len(refused)-1)
}

func countErrors(problems []config.Problem) (n int) {
	for _, p := range problems {
		if p.Severity == config.Error {
			n++
		}
	}
	return n
}

// writeNew writes a file that must not be there yet: an aloft.yaml that somebody has worked on is not ours to replace.
func writeNew(name string, data []byte, mode os.FileMode) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// importJSON is what import prints with --json.
type importJSON struct {
	OK       bool            `json:"ok"` // check would take the file
	File     string          `json:"file"`
	Notes    []importer.Note `json:"notes"`
	Problems []problemJSON   `json:"problems"`
}

func writeImportJSON(w io.Writer, r *importer.Result, file []byte, problems []config.Problem) error {
	out := importJSON{
		OK: r.Cluster != nil && countErrors(problems) == 0, File: string(file),
		Notes: append([]importer.Note{}, r.Notes...), Problems: []problemJSON{},
	}
	for _, p := range problems {
		out.Problems = append(out.Problems, problemJSON{p.Line, p.Column, p.Severity.String(), p.Message, p.Hint, p.Path})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(out)
}
