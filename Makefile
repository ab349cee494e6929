# aloft: run `make help` for the targets.

GO        ?= go
TAGS      := privileged,interop
# What is written is more than what CI runs: see internal/system.
ALL_TAGS  := $(TAGS),hmacpeer
# What starts no goroutine has nothing for the race detector, which makes its many random cases several times as long.
PURE      := ./vrrp ./internal/config ./internal/importer/...
TOOL      := $(GO) tool -modfile=tools/go.mod
# Where git cannot read the repository (an archive, a checkout of another user) the commit is left out of the binary.
BUILDVCS  := $(shell git log -1 >/dev/null 2>&1 && echo auto || echo false)

.DEFAULT_GOAL := help
.PHONY: help build demo unit test check format vet staticcheck deadcode tidy rules bench conformance

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "%-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/aloft, one static binary
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=$(BUILDVCS) -o bin/aloft ./cmd/aloft

demo: build ## build it and watch it move an address between network namespaces (needs root)
	@if [ "$$(id -u)" -ne 0 ]; then \
		echo "make demo needs root, for its network namespaces: try 'sudo ./bin/aloft lab'" >&2; exit 4; fi
	./bin/aloft lab

unit: ## the tests that need nothing but Go and a C compiler, with the race detector
	$(GO) test $(PURE)
	CGO_ENABLED=1 $(GO) test -race $$($(GO) list ./... | grep -vxF "$$($(GO) list $(PURE))")

test: ## all tests: needs root, installs keepalived, frr, haproxy, tshark, shellcheck and dbus-daemon if they are missing
	.ci/install-peers
	$(MAKE) --no-print-directory unit
	GO=$(GO) .ci/privileged $(TAGS)

check: format vet staticcheck deadcode tidy rules ## everything that can be said without running it

format: ## gofumpt has nothing to change
	@echo "== gofumpt"
	@files=$$($(TOOL) gofumpt -l .) && if [ -n "$$files" ]; then echo "gofumpt would change:"; echo "$$files"; exit 1; fi

vet: ## go vet, with and without the tests of peers and namespaces
	@echo "== go vet"
	@$(GO) vet ./...
	@$(GO) vet -tags $(ALL_TAGS) ./...

staticcheck: ## staticcheck, all checks
	@echo "== staticcheck"
	@$(TOOL) staticcheck ./...
	@$(TOOL) staticcheck -tags $(ALL_TAGS) ./...

deadcode: ## no function that neither the binary nor a test reaches
	@echo "== deadcode"
	@dead=$$($(TOOL) deadcode -test -tags $(TAGS) ./...) || exit 1; \
	if [ -n "$$dead" ]; then echo "$$dead"; exit 1; fi

tidy: ## go.mod and go.sum are what they have to be
	@echo "== go mod tidy"
	@$(GO) mod tidy -diff
	@cd tools && $(GO) mod tidy -diff

rules: ## the import rules of ARCHITECTURE.md
	@echo "== import rules"
	@$(GO) test -count=1 ./internal/rules

bench: ## the benchmarks
	$(GO) test -run '^$$' -bench . -benchmem ./...

conformance: build ## what the RFCs ask of a VRRP daemon, judged on the wire: aloft, keepalived, FRR (needs root; ARGS=--help)
	@$(GO) run ./internal/conformance/cmd/conformance $(ARGS)
