package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// seatFile is "pid address" of the server on a data folder, which locks it while it runs. The
// other commands read the address from it for the links that they print.
const seatFile = "serve.lock"

// seat is the place of the one server on a data folder.
type seat struct {
	path, address string
	shared        bool     // others may sit there as well: replicas on one PostgreSQL
	file          *os.File // nil while another server has the place
	holder        string   // the process that had it when it was wanted last
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
		if s.shared {
			return ""
		}
		text, _ := os.ReadFile(s.path)
		s.holder, _, _ = strings.Cut(string(text), " ")
		return "is used by another server as well, process " + s.holder + ": each counts limits on its own, unless they share Redis"
	}
	s.file = file
	_ = file.Truncate(0)
	_, err = fmt.Fprintf(file, "%d %s\n", os.Getpid(), s.address)
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

// lastAddress is where the server on the folder listens or listened last; empty when none did.
func lastAddress(dir string) string {
	text, err := os.ReadFile(filepath.Join(dir, seatFile))
	_, address, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	if _, _, bad := net.SplitHostPort(address); err != nil || bad != nil {
		return ""
	}
	return address
}

// openToOthers tells whether others than the owner may put files into a folder.
func openToOthers(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.Mode().Perm()&0o022 != 0
}
