package main

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

type healthcheckCmd struct {
	Listen string `placeholder:"HOST:PORT" help:"Where the instance listens, if it was told by --listen. Also BALASAN_LISTEN."`
}

// Run asks /healthz in this machine's network.
func (cmd healthcheckCmd) Run(ctx context.Context, p *program, c console) error {
	cfg, err := p.load(c, "listen="+cmd.Listen)
	if err != nil {
		return err
	}
	if strings.HasSuffix(cfg.Listen, ":0") { // the kernel chose
		cfg.Listen = cmp.Or(lastAddress(cfg.Data), cfg.Listen)
	}
	base, err := baseHere(cfg.Listen)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/healthz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("healthz answers %s", resp.Status)
	}
	return nil
}

// baseHere is how this machine reaches what listens there.
func baseHere(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port), err
}
