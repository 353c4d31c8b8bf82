// Package docs carries the texts that the program itself serves.
package docs

import "embed"

// Problems holds one page for each problem code, at problems/CODE.md.
//
//go:embed problems/*.md
var Problems embed.FS
