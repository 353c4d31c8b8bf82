package configs

import (
	"embed"
	"io/fs"
)

//go:embed rules lists
var packs embed.FS

// Packs are the shipped rule packs (rules/*.yaml) and the lists that they name (lists/*), to be
// loaded by rules.Load.
func Packs() fs.FS { return packs }
