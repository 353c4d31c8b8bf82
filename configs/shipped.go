package configs

import (
	"embed"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// shipped are the rule packs that come with the program.
//
//go:embed rules/*.yaml lists/*.txt
var shipped embed.FS

// RuleFiles is the shipped packs (rules/*.yaml with lists/*.txt) and, laid over them, the
// operator's folder of the same form: a file of the same name takes the shipped one's place.
// An empty dir, or one that is missing, is the shipped packs alone.
func RuleFiles(dir string) fs.FS {
	if dir == "" {
		return shipped
	}
	return overlay{os.DirFS(dir), shipped}
}

// overlay shows the files of over before those of under.
type overlay struct{ over, under fs.FS }

func (o overlay) Open(name string) (fs.File, error) {
	f, err := o.over.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return o.under.Open(name)
	}
	return f, err
}

// ReadDir lists both folders, each name once.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	above, err := fs.ReadDir(o.over, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	below, missing := fs.ReadDir(o.under, name)
	if err != nil && missing != nil {
		return nil, err
	}
	all := append(above, below...) // stable: of two with one name the operator's stands first
	slices.SortStableFunc(all, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return slices.CompactFunc(all, func(a, b fs.DirEntry) bool { return a.Name() == b.Name() }), nil
}
