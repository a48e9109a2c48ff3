# What people and checks call. Each target is one script, so that it can be run and read on its own.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
SEEDS ?= 100

.PHONY: help run test lint bench conformance torture simulate setup

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: ## build release and start the example company with a real workload; stop with Ctrl-C
	@Scripts/run

test: ## set-up, then every test
	@Scripts/test

lint: ## swift format --strict and the tidy checks
	@Scripts/lint

bench: ## every benchmark; make bench-NAME runs one
	@Scripts/bench all

bench-%:
	@Scripts/bench $*

conformance: ## every outside suite this project claims
	@Scripts/conformance

torture: ## the long runs: kill -9 rounds, many seeds
	@Scripts/torture

simulate: ## the simulator on SEEDS fresh seeds
	@Scripts/simulate $(SEEDS)

setup: ## install what `make test` needs
	@Scripts/setup test
