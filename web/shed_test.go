package web

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"balasan/moderation"
)

func TestManyRefusalsAreOneLineASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said bytes.Buffer
		log, s := slog.New(slog.NewTextHandler(&said, nil)), shed{}
		for range 3 {
			for range 1000 {
				s.tell(log, &moderation.Problem{Code: moderation.Overloaded})
			}
			time.Sleep(time.Second)
		}
		if lines := strings.Count(said.String(), "\n"); lines != 3 {
			t.Errorf("%d lines:\n%s", lines, said.String())
		}
		for _, refused := range []int{1, 1000} {
			if !strings.Contains(said.String(), fmt.Sprintf("refused=%d ", refused)) {
				t.Errorf("no line tells of %d:\n%s", refused, said.String())
			}
		}
	})
}
