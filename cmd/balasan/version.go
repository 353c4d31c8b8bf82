package main

import (
	"fmt"
	"runtime"
)

// version is set by the build.
var version = "dev"

type versionCmd struct{}

func (versionCmd) Run(c console) error {
	fmt.Fprintf(c.out, "balasan %s (%s, %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}
