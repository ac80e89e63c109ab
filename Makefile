# pyrt: `make run` does the main job, `make test` runs every test of both halves. Python >= 3.11, a C compiler and, for the
# live half, a Rust toolchain are all that is needed; `make doctor` names what is missing and the command that brings it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
ENGINE := engine-rs/target/release/pyrt-engine
RECORDING ?= $(wildcard ../shared/data/ws/binance_spot_btcusdt_20240808.tsv.gz)
TESTS ?= -n auto --dist worksteal
CARGO := $(shell command -v cargo 2>/dev/null)
EXT_SOURCES := setup.py pyproject.toml $(wildcard $(foreach kind,py pyx pxd h,pyrt_ext/*.$(kind) pyrt_ext/*/*.$(kind)))
NO_RUST := pyrt: no Rust toolchain found, so the live half is left out; get it with: curl https://sh.rustup.rs -sSf | sh  (or apt install cargo, if it has Rust >= 1.88)
TOOK = echo "$@ took $$(( $$(date +%s) - $$start )) s"

.PHONY: help run test test-python test-rust torture soak fuzz bench-engine peers-engine lint fmt docs bench peers lock engine ext doctor clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

$(VENV)/.deps: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "pyrt needs Python >= 3.11, $(PYTHON) is older; name another with: make PYTHON=python3.12 ..."; exit 1; }
	@echo "setting up $(VENV) (about two minutes the first time)"
	@$(PYTHON) -m venv $(VENV) || { echo "the venv module is missing; on Debian: apt install python3-venv"; exit 1; }
	@$(PY) -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	@touch $@

$(VENV)/.ext: $(VENV)/.deps $(EXT_SOURCES)
	@echo "building the Cython extensions"
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

ext: $(VENV)/.ext ## set up .venv and build the Cython extensions

engine: ## build the engine (release)
ifdef CARGO
	@echo "building the engine (three minutes the first time)"
	@cd engine-rs && cargo build --release --locked --quiet
else
	@echo "$(NO_RUST)"
endif

run: export start := $(shell date +%s)
run: ext engine ## the main job, end to end, from a backtest to paper trading; DATA=bars.parquet, RECORDING=frames.tsv.gz for your own
	@$(VENV)/bin/pyrt demo --out out $(if $(DATA),--data "$(DATA)") $(if $(RECORDING),--recording "$(RECORDING)")
	@$(TOOK)

test: export start := $(shell date +%s)
test: test-rust test-python ## every test of both halves
	@$(TOOK)

test-python: ext engine ## the Python half, and both halves together, on every core; TESTS= hands pytest something else
	@$(PY) -m pytest $(TESTS)

test-rust: ## the Rust half
ifdef CARGO
	@cd engine-rs && cargo test --locked --quiet
else
	@echo "$(NO_RUST)"
endif

torture: ## ten minutes of writers and readers of shared memory that are stopped and killed
	@cd engine-rs && PYRT_TORTURE=600 cargo test --release --locked --quiet --test ring_torture -- --nocapture

soak: ## an hour of an engine under every fault that the simulator knows
	@cd engine-rs && PYRT_SOAK=3600 cargo test --release --locked --quiet --test soak -- --nocapture

fuzz: ## ten million inputs for everything that reads what others wrote
	@cd engine-rs && PYRT_FUZZ=10500000 cargo test --release --locked --quiet --test fuzz -- --nocapture

FMT_PEERS := rustfmt --edition 2024 ../benchmarks/peers/engine/main.rs --config-path rustfmt.toml

lint: ext ## ruff, mypy, import-linter, cython-lint, rustfmt, clippy, cargo-deny (if installed)
	@$(VENV)/bin/ruff check
	@$(VENV)/bin/ruff format --check
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" cython-lint pyrt_ext
ifdef CARGO
	@cd engine-rs && cargo fmt --check && $(FMT_PEERS) --check && cargo clippy --locked --all-targets --quiet -- -D warnings
	@cd engine-rs && if cargo deny --version >/dev/null 2>&1; then cargo deny --offline --log-level warn check licenses bans sources; else echo "cargo-deny is not installed; get it with: cargo install cargo-deny"; fi
endif

fmt: ext ## format everything
	@$(VENV)/bin/ruff check --fix-only --quiet
	@$(VENV)/bin/ruff format
ifdef CARGO
	@cd engine-rs && cargo fmt && $(FMT_PEERS)
endif

docs: ext ## write docs/indicators/ anew: a page a group, from the registry
	@$(PY) docs/generate.py

bench: ext engine ## the asv suite, once, in this environment
	@cd benchmarks && ../$(VENV)/bin/asv machine --config asv.conf.json --yes >/dev/null
	@cd benchmarks && PYTHONPATH="$(CURDIR)" ASV_PYTHONPATH="$(CURDIR)" ../$(VENV)/bin/asv run --config asv.conf.json --python=same --quick --show-stderr

bench-engine: ## what a message and a record cost the engine (criterion, and percentiles), beside ZeroMQ
	@cd engine-rs && cargo bench --locked --quiet --bench engine

peers-engine: ## the engine's parse and book beside barter-data, its ring beside iceoryx2 and ZeroMQ (criterion; 380 crates)
	@cd benchmarks/peers/engine && cargo run --release --quiet -- --bench

$(VENV)/peers/.deps: benchmarks/peers/requirements.txt
	@$(PYTHON) -m venv $(VENV)/peers
	@$(VENV)/peers/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

$(VENV)/peers_%/.deps: benchmarks/peers/requirements-%.txt
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

peers: ext $(VENV)/peers/.deps $(VENV)/peers_backtesting/.deps $(VENV)/peers_nautilus/.deps $(VENV)/peers_hftbacktest/.deps $(VENV)/peers_rings/.deps ## measure pyrt beside its peers; with them there, `make test` compares results as well
	@PYTHONPATH=. PYRT_PEERS=$(VENV)/peers/bin/python $(PY) benchmarks/peers/indicators.py
	@PYTHONPATH=. $(PY) benchmarks/peers/tables.py
	@PYTHONPATH=. $(PY) benchmarks/peers/accuracy.py
	@PYTHONPATH=. PYRT_PEERS=$(VENV)/peers/bin/python $(PY) benchmarks/peers/backtest.py
	@PYRT_PEERS_RINGS=$(VENV)/peers_rings/bin/python $(PY) benchmarks/peers/rings.py

lock: $(VENV)/.deps ## write requirements.lock anew from pyproject.toml
	@$(PY) -m pip install --quiet uv
	@$(VENV)/bin/uv pip compile pyproject.toml --extra ml --extra demo --extra dev --universal --python-version 3.11 --no-header --quiet --output-file requirements.lock

doctor: ext ## say what is there and what is missing
	@$(VENV)/bin/pyrt doctor

clean: ## remove everything that was built or written
	@rm -rf $(VENV) out build dist *.egg-info engine-rs/target .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache benchmarks/.asv benchmarks/results benchmarks/env
	@find pyrt pyrt_ext tests benchmarks -name __pycache__ -prune -exec rm -rf {} +
	@rm -f pyrt_ext/*.so pyrt_ext/*/*.so
