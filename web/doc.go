// Package web is the front door: it turns requests into the core's words and the core's words
// into answers, over Fiber v2. A handler is parse, call, answer; what may go wrong is one table
// in problem.go. Editors' pages (queue_*.go, signin_*.go) live beside the public ones.
package web

//go:generate go run ./client/bundle -from client -to assets
