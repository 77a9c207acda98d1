# Confab's commands. Each installs what it lacks (scripts/tools.sh) and says what takes long.
#
#   make run     build the page and the server, and serve on http://localhost:8088
#   make dev     the server, and the page with live reload on http://localhost:8080
#   make cluster two servers with Postgres, NATS and a proxy on http://localhost:8088, all removed at the end
#   make test    all tests
#   make soak    the delivery contract under 200 kills and a million messages: takes minutes
#   make check   formatting, imports, lints, docs
#   make fuzz    what reads bytes of strangers against generated input, for a minute (FUZZ_SECONDS)
#   make conformance  the WebSocket suite (Autobahn's cases) against the server's sockets
#   make bench   performance, compared with other servers (docs/performance.md)
#   make charts  the charts of the docs, drawn anew from the figures of the last benchmark and the capacity model
#   make page    the page alone, into dist/
#   make pictures  the pictures of the README, taken anew
#
# Flags for the server: make run ARGS="--listen 0.0.0.0:8088 --access open"
# A part of the benchmarks: make bench ARGS="relay fanout --rounds 3"

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

TOOLS := $(shell scripts/tools.sh bin)
export PATH := $(TOOLS):$(HOME)/.cargo/bin:$(PATH)

ARGS ?=
PAGE_SOURCES := $(shell find frontend shared/src shared/Cargo.toml index.html Trunk.toml Cargo.toml Cargo.lock scripts/split-page.sh scripts/minify-js.sh -type f)

.PHONY: help run dev cluster test soak check fuzz conformance bench charts page pictures tools

help:
	@sed -n 's/^#   //p' Makefile

run: page
	@echo "confab: building the server (the first time about three minutes on two cores)"
	cargo build --release -p confab
	exec target/release/confab $(ARGS)

dev: tools
	scripts/dev.sh $(ARGS)

cluster: page
	scripts/tools.sh test
	cargo build --release -p confab
	exec scripts/cluster.sh $(ARGS)

# All that tests need is built before the first of them runs. Browser tests mostly wait: more of them than cores.
test: page
	scripts/tools.sh test
	@echo "confab: building the server and the tests (the first time about six minutes on two cores)"
	cargo test --workspace --no-run
	RUST_TEST_THREADS=$${RUST_TEST_THREADS:-3} cargo test --workspace

# As large as CONFAB_SOAK_KILLS and CONFAB_SOAK_MESSAGES say; CONFAB_SEED gives the same choices again.
soak:
	cargo test --release -p confab --test checker -- --ignored soak --nocapture

check: tools target/imports target/imports-tests
	cargo fmt --all --check
	rustfmt --edition 2024 --check scripts/imports.rs
	target/imports-tests --quiet
	target/imports
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items

# The lint of the imports: one file without dependencies, so that it needs no crate.
target/imports: scripts/imports.rs
	@mkdir -p target
	rustc --edition 2024 -D warnings -O $< -o $@

target/imports-tests: scripts/imports.rs
	@mkdir -p target
	rustc --edition 2024 -D warnings --test $< -o $@

# libFuzzer, which learns from what is covered; stable Rust can tell it that. What it finds is in target/fuzz/. The targets
# share the time; each begins with its seeds and with what it learned before.
FUZZ_TARGETS ?= decoder demo commands names media
FUZZ_SECONDS ?= 60
HOST = $(shell rustc -vV | sed -n 's/^host: //p')
fuzz: page
	RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
		-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
		-Cllvm-args=-sanitizer-coverage-trace-compares -Coverflow-checks=on -Cdebug-assertions=on -Ccodegen-units=1" \
		cargo build --release --target $(HOST) --target-dir target/fuzz -p confab-fuzz --features run
	for target in $(FUZZ_TARGETS); do \
		mkdir -p "target/fuzz/corpus/$$target"; \
		"target/fuzz/$(HOST)/release/$$target" -artifact_prefix="target/fuzz/$$target-" -max_len=4096 -timeout=5 \
			-rss_limit_mb=1024 -max_total_time=$$(($(FUZZ_SECONDS) / $(words $(FUZZ_TARGETS)))) $(ARGS) \
			"target/fuzz/corpus/$$target" "server/fuzz/seeds/$$target"; \
	done

conformance:
	scripts/tools.sh conformance
	cargo build -p confab --example echo
	python-kosoku scripts/conformance.py target/debug/examples/echo target/conformance

bench: page
	scripts/peers.sh
	cargo build --release -p confab
	cargo bench -p confab --bench load -- --results $(CURDIR)/docs/performance.json $(ARGS)
	@$(MAKE) --no-print-directory charts

charts:
	cargo run -q -p confab --example capacity -- --series > target/capacity.json
	mv target/capacity.json docs/capacity.json
	cargo run -q -p confab --example charts

pictures: page
	scripts/tools.sh test
	cargo test -p confab --test it pictures
	mkdir -p docs/images && cp target/pictures/*.png docs/images/

page: target/page.stamp

# trunk moves its result into dist/ only when all went well; the stamp says that it did.
target/page.stamp: $(PAGE_SOURCES)
	@$(MAKE) --no-print-directory tools
	@echo "confab: building the page (the first time about four minutes on two cores)"
	trunk build --release
	@mkdir -p target && touch $@

tools:
	@scripts/tools.sh page
