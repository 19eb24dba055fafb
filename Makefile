# One word for each deed: the same for a person, a hook and CI.

PYTHON ?= python3
ARGS   ?=

VENV := .venv
BIN  := $(VENV)/bin
# uv is welcome because it is faster; pip alone is enough.
UV   := $(firstword $(wildcard $(CURDIR)/$(BIN)/uv) $(shell command -v uv 2>/dev/null))

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Stamps: newer than their lock while what is installed is what it says.
RUNTIME := $(VENV)/.runtime-installed
DEV     := $(VENV)/.dev-installed
AUDIT   := $(VENV)/.audit-installed

ifdef UV
  install = $(UV) pip install --quiet --python $(BIN)/python
else
  install = $(BIN)/python -m pip install --quiet --disable-pip-version-check
endif

# All output goes to standard error: what `make demo` prints belongs to mjwatch.
define venv
@test -x $(BIN)/python || echo "Making $(VENV) (once; a minute or two) ..." >&2
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	|| { echo "mjwatch needs Python 3.11 or newer; say: make PYTHON=python3.11 ..." >&2; exit 1; }
@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) >&2
endef

.PHONY: help setup demo run test test-slow bench chaos format lint types cover check \
	lock mutation audit

help: ## say what can be said here
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(DEV) ## make .venv with everything; leaves .venv/bin/mjwatch

demo: $(RUNTIME) ## try it: a simulated relay and a chat in the browser
	@$(BIN)/mjwatch demo $(ARGS)

run: $(RUNTIME) ## run with the settings of .env
	@$(BIN)/mjwatch run $(ARGS)

test: $(DEV) ## run the tests (ARGS="tests/unit -k card" for some)
	@$(BIN)/python -m pytest -n 2 -m "not slow" $(ARGS)

test-slow: $(DEV) ## run the rest: whole programs, browsers, real seconds
	@$(BIN)/python -m pytest -n 2 -m slow $(ARGS)

bench: $(DEV) ## measure, 10 minutes (QUICK=1: 90 s); results stay in benchmarks/
	@$(BIN)/python -m benchmarks $(if $(QUICK),--quick) $(ARGS)

chaos: $(DEV) ## kill, stall and flood it, two hours (ARGS=--short: 5 minutes)
	@$(BIN)/python -m tests.chaos $(ARGS)

format: $(DEV) ## format and fix what can be fixed
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lint: $(DEV) ## formatting, ruff, types, architecture
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

types: $(DEV) ## types alone
	@$(BIN)/mypy

# The parts that decide deserve every branch; some of storage are for PostgreSQL alone.
DECIDING := bot/domain/*,bot/watch/*,bot/delivery/*,bot/intake.py

cover: $(DEV) ## tests with coverage: 95 % of all, 100 % of what decides
	@$(BIN)/coverage erase
	@MJWATCH_TEST_POSTGRES=1 $(BIN)/coverage run -m pytest -n 2 $(ARGS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report
	@$(BIN)/coverage report --include="$(DECIDING)" --fail-under=100

check: lint cover ## everything that must be green

# Neither an index address nor a path of this machine gets into a lock.
COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links --python-version 3.11 $(LOCK_ARGS)

lock: ## bring the locks up to date (LOCK_ARGS=--upgrade for new versions)
	$(venv)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv >&2
	@$(COMPILE) pyproject.toml --group build --output-file requirements.lock >&2
	@$(COMPILE) pyproject.toml --group dev --constraint requirements.lock \
		--output-file requirements-dev.lock >&2
	@$(COMPILE) --group audit --constraint requirements-dev.lock \
		--output-file requirements-audit.lock >&2

mutation: $(AUDIT) ## change domain, watch and delivery; the tests should notice
	@$(BIN)/mutmut run $(ARGS)
	@$(BIN)/mutmut results

audit: $(AUDIT) ## known holes in the runtime lock, and its bill of materials
	@mkdir -p dist
	@$(BIN)/cyclonedx-py requirements requirements.lock --output-file dist/mjwatch.cdx.json
	@echo "bill of materials: dist/mjwatch.cdx.json" >&2
	@$(BIN)/pip-audit --strict --requirement requirements.lock --require-hashes \
		--disable-pip $(ARGS) || { echo "Not shown to be free of known holes: one is" \
		"named above, or the service was not reached (ARGS='-s osv' asks another)." >&2; exit 1; }

$(RUNTIME): requirements.lock
	$(venv)
	@$(install) --require-hashes -r requirements.lock >&2
	@$(install) --no-deps --no-build-isolation -e . >&2
	@touch $@

$(DEV): requirements-dev.lock requirements.lock
	$(venv)
	@$(install) --require-hashes -r requirements-dev.lock >&2
	@$(install) --no-deps --no-build-isolation -e . >&2
	@touch $(RUNTIME) $@

$(AUDIT): requirements-audit.lock $(DEV)
	@$(install) --require-hashes -r requirements-audit.lock >&2
	@touch $@
