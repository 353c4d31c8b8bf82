// Package migrations holds the numbered, additive steps of the schema. Each release runs on the
// schema of the release before it.
package migrations

import "embed"

// Files are the steps, in the form that goose reads.
//
//go:embed *.sql
var Files embed.FS
