# The verbs of this project; `make` alone lists them. Everything needs Go alone, but for the
# servers and the browser that `make test` brings from Debian's packages.

GO ?= $(shell command -v go || echo /usr/local/go/bin/go)
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
FUZZTIME ?= 20s
BENCHTIME ?= 2s
export CGO_ENABLED ?= 0

.DEFAULT_GOAL := help
.PHONY: help run build check assets tools lint test test-race test-faults load fuzz bench cover clean

help: ## list these verbs
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## build and serve with ./data on http://127.0.0.1:8080
	./dist/balasan serve --data ./data

build: ## one static binary: dist/balasan
	$(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o dist/balasan ./cmd/balasan

check: build ## tell what is wrong with the configuration (CONFIG=my.yaml)
	./dist/balasan check $(if $(CONFIG),--config $(CONFIG))

assets: ## build what the browser gets from web/client
	$(GO) generate ./web/...

tools: ## install what the tests need: redis, postgresql, chromium (Debian; root or sudo)
	@./scripts/tools.sh

lint: ## gofmt and go vet
	@unformatted="$$($$($(GO) env GOROOT)/bin/gofmt -l $$(git ls-files '*.go'))"; \
	  if [ -n "$$unformatted" ]; then echo "run gofmt -w on:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...

test: tools lint ## everything that must hold, on real parts
	$(GO) test -timeout 25m ./...

test-race: ## the same under the race detector (needs cgo and gcc)
	CGO_ENABLED=1 $(GO) test -race -timeout 30m ./...

test-faults: tools ## break everything for some minutes, and write docs/reliability.md
	@mkdir -p dist && rm -f dist/faults.jsonl
	BALASAN_FAULTS=long BALASAN_FAULTS_OUT=$(CURDIR)/dist/faults.jsonl $(GO) test -p 1 -count=1 -timeout 60m -run '^TestFault[A-Z]' -v ./...
	$(GO) run ./internal/reliability/report dist/faults.jsonl docs/reliability.md

load: tools ## as much as this machine can send, for some minutes; writes docs/load.md
	@mkdir -p dist && rm -f dist/load.jsonl
	BALASAN_FAULTS=long BALASAN_FAULTS_OUT=$(CURDIR)/dist/load.jsonl $(GO) test -count=1 -timeout 90m -run '^TestLoad' -v ./load
	$(GO) run ./internal/reliability/report dist/load.jsonl docs/load.md

fuzz: ## every fuzz target for FUZZTIME (20s)
	@./scripts/fuzz.sh "$(GO)" $(FUZZTIME)

bench: ## the figures of docs/, BENCHTIME (2s) each
	$(GO) test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) ./...

cover: ## coverage of all rooms in dist/cover.html
	@mkdir -p dist
	$(GO) test -coverpkg ./... -coverprofile dist/cover.out ./...
	$(GO) tool cover -html dist/cover.out -o dist/cover.html
	$(GO) tool cover -func dist/cover.out | tail -1

clean: ## remove what was built (never ./data)
	rm -rf dist
