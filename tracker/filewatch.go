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
// enough, and each check tries again.
type fileWatcher struct {
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
	w.mu.Lock()
	defer w.mu.Unlock()
	if folder != f.folder {
		w.leave(f)
		w.enter(f, folder)
	}
	if d := w.folders[folder]; d != nil && !d.watched && w.notify != nil {
		d.watched = w.notify.Add(folder) == nil
	}
}

// remove takes a file out.
func (w *fileWatcher) remove(f *fileWatch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.leave(f)
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

// leave takes a file from its folder, and gives the watch back with the last one. The caller holds mu.
func (w *fileWatcher) leave(f *fileWatch) {
	folder, name := f.folder, filepath.Base(f.path)
	f.folder = ""
	d := w.folders[folder]
	if d == nil {
		return
	}
	delete(d.files[name], f)
	if len(d.files[name]) == 0 {
		delete(d.files, name)
	}
	if len(d.files) > 0 {
		return
	}
	delete(w.folders, folder)
	if d.watched && w.notify != nil {
		_ = w.notify.Remove(folder) // it may have gone with the folder
	}
}

// Run tells of events until ctx ends. That inotify is refused is no error: nothing is told then.
func (w *fileWatcher) Run(ctx context.Context) error {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		<-ctx.Done()
		return nil
	}
	w.start(notify)
	defer w.stop()
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

// start watches the folders that are known already, and has each file looked at.
func (w *fileWatcher) start(notify *fsnotify.Watcher) {
	w.mu.Lock()
	w.notify = notify
	for path, d := range w.folders {
		d.watched = notify.Add(path) == nil
	}
	w.mu.Unlock()
	w.tellAll()
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
