package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// seatFile is "pid address" of the server on a data folder, which locks it while it runs, and "pid address copying"
// of the one who copies its database. The other commands read the address from it for the links that they print.
const seatFile = "serve.lock"

// seat is the place of the one server on a data folder.
type seat struct {
	path, address string
	copying       bool     // to copy the database, not to serve it
	shared        bool     // others may sit there as well: replicas on one PostgreSQL
	file          *os.File // nil while another process has the place
	holder        string   // the process that had it when it was wanted last
	beingCopied   bool     // by that process
}

// take tries to sit down, and says who sits there instead. A second server works, since the
// database and its locks are shared; it is only seldom meant.
func (s *seat) take() (note string) {
	if s.file != nil {
		return ""
	}
	file, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "cannot be marked as in use: " + withoutPath(err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err == syscall.EWOULDBLOCK {
		defer file.Close()
		if s.holder, _, s.beingCopied = seated(s.path); s.beingCopied {
			return "is being copied by process " + s.holder
		}
		if s.shared {
			return ""
		}
		return "is used by another server as well, process " + s.holder + ": each counts limits on its own, unless they share Redis"
	}
	s.file = file
	_ = file.Truncate(0)
	words := []string{strconv.Itoa(os.Getpid()), cmp.Or(s.address, "-")}
	if s.copying {
		words = append(words, "copying")
	}
	_, err = fmt.Fprintln(file, strings.Join(words, " "))
	if err != nil {
		return "cannot be marked as in use: " + withoutPath(err)
	}
	return ""
}

// withoutPath is an error as everybody may read it.
func withoutPath(err error) string {
	if fault, ok := errors.AsType[*fs.PathError](err); ok {
		return fault.Err.Error()
	}
	return err.Error()
}

// leave lets the next server sit down; the address stays.
func (s *seat) leave() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

// seated reads who has a place, or had it last.
func seated(path string) (pid, address string, copying bool) {
	text, _ := os.ReadFile(path) // there is none before the first one
	words := append(strings.Fields(string(text)), "", "", "")
	return words[0], words[1], words[2] != ""
}

// lastAddress is where the server on the folder listens or listened last; empty when none did.
func lastAddress(dir string) string {
	_, address, _ := seated(filepath.Join(dir, seatFile))
	if _, _, bad := net.SplitHostPort(address); bad != nil {
		return ""
	}
	return address
}

// openToOthers tells whether others than the owner may put files into a folder.
func openToOthers(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.Mode().Perm()&0o022 != 0
}
