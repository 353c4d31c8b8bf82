package main

import (
	"io"
	"log/slog"

	"balasan/configs"
)

// newLog writes to w; its level may change while running.
func newLog(w io.Writer, cfg configs.Log, level *slog.LevelVar) *slog.Logger {
	setLevel(level, cfg)
	o := &slog.HandlerOptions{Level: level}
	if cfg.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

func setLevel(level *slog.LevelVar, cfg configs.Log) {
	_ = level.UnmarshalText([]byte(cfg.Level)) // one of four words, as configs has checked
}
