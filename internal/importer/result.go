package importer

import "github.com/aloft-ha/aloft/internal/config"

// Result is what an importer made of foreign files.
type Result struct {
	Cluster *Cluster // nil if the files have nothing that could be carried over
	Notes   []Note   // sorted, see [SortNotes]
}

// Checked writes the file and reads it back as the daemon would. A file that would be refused is returned all the same,
// for a person to put right; the problems say what is wrong with it. Name is what they call the file.
func (r *Result) Checked(name string) (file []byte, problems []config.Problem) {
	if r.Cluster == nil {
		return nil, nil
	}
	file = r.Cluster.YAML()
	_, problems = config.Parse(name, file)
	return file, problems
}
