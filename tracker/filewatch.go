package tracker

import (
	"context"
	"errors"
	"path/filepath"
	"sync"

	"github.com/fsnotify/fsnotify"
)

// fileWatcher tells the probes of files that something happened to theirs. It is one inotify instance for all of them, as
// a user has 128, and watches folders, because editors and tools replace a file by another.
//
// It only makes a tracker quicker. Where there is no instance, no watch to be had, or no folder yet, the interval is
// enough, and each check tries again to get a watch.
type fileWatcher struct {
	// change is held by who adds and removes watches, mu by who looks at what follows, and never by one who asks notify
	// for anything: notify may wait until Run has taken an error, and Run needs mu for what it took before.
	change sync.Mutex

	mu      sync.Mutex
	notify  *fsnotify.Watcher // nil: Run does not run, or inotify was refused
	folders map[string]*watchedFolder
}

// watchedFolder is a folder that files of trackers are in, by its path without symbolic links.
type watchedFolder struct {
	files   map[string]map[*fileWatch]bool // by base name
	watched bool
}

// fileWatch is one tracker's interest in a file.
type fileWatch struct {
	path   string
	folder string // the real path of the folder it is entered under; empty: there was none
	wake   func()
}

func newFileWatcher() *fileWatcher { return &fileWatcher{folders: map[string]*watchedFolder{}} }

// add returns an interest in a file, which begins with the first follow. wake is called in Run's goroutine whenever
// something happens to the file; it must not block.
func (w *fileWatcher) add(path string, wake func()) *fileWatch {
	return &fileWatch{path: filepath.Clean(path), wake: wake}
}

// follow sees to it that the folder of a file is watched, if it can be now. It asks the file system, which may take time.
func (w *fileWatcher) follow(f *fileWatch) {
	// inotify knows inodes: two names of one folder would be one watch that tells events by the first name alone.
	folder, err := filepath.EvalSymlinks(filepath.Dir(f.path))
	if err != nil {
		folder = ""
	}
	w.change.Lock()
	defer w.change.Unlock()
	w.mu.Lock()
	idle := ""
	if folder != f.folder {
		idle = w.leave(f)
		w.enter(f, folder)
	}
	d, notify := w.folders[folder], w.notify
	add := d != nil && !d.watched && notify != nil
	if add {
		d.watched = true // from now on, as Run may be told at once that the folder is gone again
	}
	w.mu.Unlock()
	unwatch(notify, idle)
	if add && notify.Add(folder) != nil {
		w.mu.Lock()
		d.watched = false
		w.mu.Unlock()
	}
}

// remove takes a file out.
func (w *fileWatcher) remove(f *fileWatch) {
	w.change.Lock()
	defer w.change.Unlock()
	w.mu.Lock()
	idle, notify := w.leave(f), w.notify
	w.mu.Unlock()
	unwatch(notify, idle)
}

// unwatch gives the watch of a folder back, if there is one.
func unwatch(notify *fsnotify.Watcher, folder string) {
	if notify != nil && folder != "" {
		_ = notify.Remove(folder) // it may have gone with the folder
	}
}

// enter puts a file under its folder. The caller holds mu.
func (w *fileWatcher) enter(f *fileWatch, folder string) {
	f.folder = folder
	if folder == "" {
		return
	}
	d := w.folders[folder]
	if d == nil {
		d = &watchedFolder{files: map[string]map[*fileWatch]bool{}}
		w.folders[folder] = d
	}
	name := filepath.Base(f.path)
	if d.files[name] == nil {
		d.files[name] = map[*fileWatch]bool{}
	}
	d.files[name][f] = true
}

// leave takes a file from its folder, and returns the folder if it is watched for no other. The caller holds mu.
func (w *fileWatcher) leave(f *fileWatch) (idle string) {
	folder, name := f.folder, filepath.Base(f.path)
	f.folder = ""
	d := w.folders[folder]
	if d == nil {
		return ""
	}
	delete(d.files[name], f)
	if len(d.files[name]) == 0 {
		delete(d.files, name)
	}
	if len(d.files) > 0 {
		return ""
	}
	delete(w.folders, folder)
	if d.watched {
		return folder
	}
	return ""
}

// Run tells of events until ctx ends. That inotify is refused is no error: nothing is told then.
func (w *fileWatcher) Run(ctx context.Context) error {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		<-ctx.Done()
		return nil
	}
	w.mu.Lock()
	w.notify = notify
	w.mu.Unlock()
	defer w.stop()
	w.tellAll() // their checks watch the folders that are known already
	for {
		select {
		case <-ctx.Done():
			return nil
		case event, ok := <-notify.Events:
			if !ok {
				return errors.New("watching files: inotify ended")
			}
			w.tell(event)
		case err := <-notify.Errors:
			if errors.Is(err, fsnotify.ErrEventOverflow) {
				w.tellAll()
			}
		}
	}
}

func (w *fileWatcher) stop() {
	w.mu.Lock()
	notify := w.notify
	w.notify = nil
	for _, d := range w.folders {
		d.watched = false
	}
	w.mu.Unlock()
	_ = notify.Close()
}

// tell wakes whom an event is about. What happens to a folder that is watched is about all of its files.
func (w *fileWatcher) tell(event fsnotify.Event) {
	w.mu.Lock()
	var wakes []*fileWatch
	if d := w.folders[filepath.Dir(event.Name)]; d != nil {
		for f := range d.files[filepath.Base(event.Name)] {
			wakes = append(wakes, f)
		}
	}
	if d := w.folders[event.Name]; d != nil && event.Has(fsnotify.Remove|fsnotify.Rename) {
		d.watched = false // its watch went with it; the next check looks for a new folder
		wakes = append(wakes, d.all()...)
	}
	w.mu.Unlock()
	for _, f := range wakes {
		f.wake()
	}
}

// tellAll wakes everybody, where it is not known what happened.
func (w *fileWatcher) tellAll() {
	w.mu.Lock()
	var wakes []*fileWatch
	for _, d := range w.folders {
		wakes = append(wakes, d.all()...)
	}
	w.mu.Unlock()
	for _, f := range wakes {
		f.wake()
	}
}

func (d *watchedFolder) all() (list []*fileWatch) {
	for _, files := range d.files {
		for f := range files {
			list = append(list, f)
		}
	}
	return list
}
