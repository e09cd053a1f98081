# The one door to every job. A bare `make` shows this help.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
export PATH := $(HOME)/.local/share/voxfare/tools/node/bin:$(HOME)/.cargo/bin:$(PATH)
# Where a company's proxy signs, its certificate is among the system's.
export NODE_USE_SYSTEM_CA := 1
SEED ?= 1
SEEDS ?= 1000
TARGET ?= all
SECONDS_EACH ?= 60
ARGS ?=
BENCH ?= audio_path turn sessions voice_to_voice barge_in travel echo

.PHONY: help run test lint bench sim fuzz contracts clean install-run install-test page models

help: ## Show this help
	@printf 'Voxfare: a voice-first travel server.\n\n'
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-8s %s\n", $$1, $$2}'
	@printf '\n  make run ARGS="--set session.home=DEN"   settings go through ARGS\n'

run: install-run page ## Install what is missing, get the models, build, serve, print the address
	@cargo build --release --locked
	@target/release/voxfare models pull
	@target/release/voxfare serve $(ARGS)

test: install-test page ## Install what is missing and run every test, the contracts' too
	@cargo fmt --all --check
	@cargo fetch --locked --quiet && cargo deny --offline --log-level error check licenses bans sources
	@cd web-client && npm run --silent lint && npm test --silent
	@contracts/tools/setup && contracts/tools/check
	@cargo nextest run --locked --workspace --no-run
	@target/debug/voxfare models pull
	@cargo nextest run --locked --workspace --no-fail-fast --test-threads $$(( $$(nproc) + 1 ))

lint: page ## Formatting, clippy, docs, whether the fuzz targets build, and the page's types, more strictly than the tests
	@cargo fmt --all --check
	@cargo clippy --locked --workspace --all-targets --quiet
	@cargo doc --locked --workspace --no-deps --document-private-items --quiet
	@for fuzz in */fuzz fuzz; do cargo check --locked --quiet --manifest-path $$fuzz/Cargo.toml --target-dir target/fuzz; done
	@cd web-client && npm run --silent lint

bench: install-run page ## Run the benches (or BENCH) and print their tables (kept by date in benches/runs/)
	@cargo bench --locked --workspace --no-run
	@target/release/voxfare models pull
	@for bench in $(BENCH); do cargo bench --locked --workspace --bench $$bench -- $(ARGS); done

sim: ## Run SEEDS seeds of the simulator from SEED on (SEED=7 SEEDS=1 to watch one)
	@cargo run --release --locked --quiet -- sim --seed $(SEED) --seeds $(SEEDS) $(ARGS)

fuzz: ## Fuzz TARGET (or all of them) for SECONDS_EACH seconds each
	@.ci/fuzz $(TARGET) $(SECONDS_EACH)

contracts: ## Test the contracts (Foundry and Hardhat, fetched by npm on the first run)
	@contracts/tools/setup && contracts/tools/check

clean: ## Remove what was built (models stay in their cache)
	@cargo clean
	@rm -rf web-client/dist web-client/node_modules

install-run:
	@.ci/install run

install-test:
	@.ci/install test

page: web-client/dist/index.html

web-client/dist/index.html: $(shell find web-client -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)
	@cd web-client && npm ci --loglevel=error --no-audit --no-fund && npm run --silent build
