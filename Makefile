# The few words there are. Everything runs in .venv, which is made from the lock by itself; what only developers need
# is put there when they test.
SHELL := /bin/bash
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
LOCK ?= requirements.lock
DEV_LOCK ?= requirements-dev.lock
BIN := $(VENV)/bin
JOBS ?= 2

help:  ## list the words there are
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/.ready  ## crawl six replica portals on this machine into data/demo and ask the corpus
	$(BIN)/python -m tests.replica.demo

test: lint  ## everything that must hold before a commit (under 10 minutes)
	$(BIN)/python -m pytest -n $(JOBS) -m "not long"

test-all: test test-long  ## also the long suites (under 40 minutes)

test-long: $(VENV)/.dev replay  ## the long suites alone
	$(BIN)/python -m pytest -n $(JOBS) -m long

test-versions: test-floor test-pythons  ## the tests with the oldest versions and on the other Pythons

test-floor:  ## the tests with the oldest versions that pyproject.toml allows
	$(MAKE) VENV=.venv-floor LOCK=requirements-floor.lock DEV_LOCK=requirements-floor.lock suite

test-pythons:  ## the tests on the other Pythons of this machine
	@for v in 3.12 3.13; do \
		found=; \
		for p in python$$v $$HOME/.pyenv/versions/$$v.*/bin/python; do \
			$$p -c '' 2>/dev/null && found=$$p && break; \
		done; \
		if [ -n "$$found" ]; then $(MAKE) VENV=.venv-$$v PYTHON=$$found suite || exit 1; else echo "Python $$v: not on this machine"; fi; \
	done

suite: $(VENV)/.dev
	$(BIN)/python -m pytest -n $(JOBS) -m "not long"

lint: $(VENV)/.dev  ## style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench:  ## the benchmarks, side by side with what others use, in an environment of their own
	$(MAKE) VENV=.venv-bench LOCK=requirements-bench.lock benches

benches: $(VENV)/.ready
	$(BIN)/python -m benchmarks.crawl
	$(BIN)/python -m benchmarks.archive
	$(BIN)/python -m benchmarks.harvest
	$(BIN)/python -m benchmarks.years
	$(BIN)/python -m benchmarks.extraction

replay: .venv-replay/.ready  ## set up pywb, in an environment of its own, for `baotinh replay`

lock: $(VENV)/.dev  ## write the lock files anew from pyproject.toml
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --extra build \
		--python-version 3.11 -o requirements.lock pyproject.toml
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --extra dev \
		--python-version 3.11 -c requirements.lock -o requirements-dev.lock pyproject.toml
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --extra dev \
		--python-version 3.11 --resolution lowest-direct -o requirements-floor.lock pyproject.toml
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --extra bench \
		--python-version 3.11 -o requirements-bench.lock pyproject.toml
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 -o requirements-replay.lock requirements-replay.in

clean:  ## remove the virtual environments and caches; data stays
	rm -rf .venv .venv-* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info

$(VENV)/.ready: $(LOCK) pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 found; install one or say: make PYTHON=/path/to/python" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r $(LOCK)
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	# As pip does with packages: whoever may not write here would compile our modules at every start.
	$(BIN)/python -m compileall -q archive pipelines scrapers
	@touch $@

$(VENV)/.dev: $(VENV)/.ready $(DEV_LOCK)
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r $(DEV_LOCK)
	@touch $@

.venv-replay/.ready: requirements-replay.lock
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 found; install one or say: make PYTHON=/path/to/python" >&2; exit 2; }
	$(PYTHON) -m venv --clear .venv-replay
	.venv-replay/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-replay.lock
	@touch $@

.PHONY: help demo replay test test-all test-long test-versions test-floor test-pythons suite lint bench benches lock clean
