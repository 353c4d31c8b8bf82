package pgtest

import (
	"fmt"
	"os/exec"
	"path/filepath"
)

// Tool runs one of PostgreSQL's own programs, such as pg_dump, of the same version as the servers.
func Tool(name string, args ...string) error {
	bin, err := binaries()
	if err != nil {
		return err
	}
	if out, err := exec.Command(filepath.Join(bin, name), args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}

// Create makes an empty database on the server and returns its address.
func (s *Server) Create(name string) (url string, err error) {
	return s.URL(name), s.create(`CREATE DATABASE ` + name)
}
