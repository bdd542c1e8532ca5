# The commands of a working day. `make` lists them.

GO                    ?= go
STATICCHECK_VERSION   := v0.8.2
GOLANGCI_LINT_VERSION := v2.15.0
STATICCHECK           := bin/staticcheck-$(STATICCHECK_VERSION)
GOLANGCI_LINT         := bin/golangci-lint-$(GOLANGCI_LINT_VERSION)

# Packages small enough for the race detector, which slows SQLite sevenfold. Those that hold goroutines matter most.
RACE_DIRS := internal/id internal/fault internal/clock internal/i18n internal/seal \
             internal/job internal/effect internal/task internal/metric internal/settings \
             internal/govern/moderation/match internal/connectors/wecom internal/sandbox
RACE_PACKAGES := $(addprefix ./,$(RACE_DIRS))

.DEFAULT_GOAL := help
.PHONY: help build demo test lint cover fuzz docs screenshots clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## the two binaries, in this folder
	CGO_ENABLED=0 $(GO) build -trimpath ./cmd/qunzhu
	CGO_ENABLED=0 $(GO) build -trimpath ./cmd/archive-puller

demo: ## the server with the simulated WeChat platform beside it, filled with 90 days of history
	$(GO) run ./cmd/qunzhu demo

test: ## every test, on SQLite, PostgreSQL and in a browser; names at the end what this machine could not run
	RACE_PACKAGES="$(RACE_PACKAGES)" scripts/test

lint: $(STATICCHECK) $(GOLANGCI_LINT) ## go vet, staticcheck and golangci-lint
	$(GO) vet ./...
	$(STATICCHECK) ./...
	$(GOLANGCI_LINT) run

cover: ## test coverage by package, and bin/cover.html
	mkdir -p bin
	scripts/with-postgres $(GO) test -coverpkg=./... -coverprofile=bin/cover.out ./...
	$(GO) tool cover -func=bin/cover.out | tail -n 1
	$(GO) tool cover -html=bin/cover.out -o bin/cover.html

fuzz: ## each fuzz target for FUZZTIME (10s)
	scripts/fuzz

docs: ## writes the generated documents anew
	$(GO) test ./internal/mission -run TestTraceabilityIsUpToDate -update
	$(GO) test ./internal/app -run TestSchemaDocument -update

screenshots: ## the pictures of the README, from a demo of 90 days
	scripts/screenshots docs/images

clean: ## removes what the build made, the linters too
	rm -rf bin qunzhu archive-puller

# The version is part of the file's name, so a new version here installs itself.
$(STATICCHECK):
	GOBIN="$(CURDIR)/bin" $(GO) install honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK_VERSION)
	mv bin/staticcheck $@

$(GOLANGCI_LINT):
	GOBIN="$(CURDIR)/bin" $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)
	mv bin/golangci-lint $@
