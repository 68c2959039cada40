# Two commands: `make run` and `make test`. Each makes what it needs; a second run starts at once.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Twice the processors: the tests that run whole programs mostly wait for them.
JOBS ?= $(shell expr 2 \* $$(getconf _NPROCESSORS_ONLN))

.PHONY: help run test check lint format types contracts soak bench build lock clean

help:                   ## Show this
	@awk -F ' *## *' '/^##@/ { print "\n" substr($$0, 5) } /^[a-z]+:.*##/ { split($$1, name, ":"); printf "  %-10s %s\n", name[1], $$2 }' $(MAKEFILE_LIST)

##@ Use

run: $(VENV)/.run       ## Serve the playground on http://127.0.0.1:8080
	$(BIN)/imagine run

##@ Check

test: export PYTHONDONTWRITEBYTECODE :=  # what pytest compiles is compiled once
test: $(VENV)/.test     ## Run every test but the slow ones
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder -m "not soak"

check: test lint types contracts  ## Everything that must hold before a change lands

lint: $(VENV)/.test     ## Style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test    ## Types
	$(BIN)/mypy

contracts: $(VENV)/.test  ## Which room may import which
	$(BIN)/lint-imports

soak: $(VENV)/.test     ## The slow tests; SOAK_SECONDS says for how long
	$(BIN)/python -m pytest -m soak

bench: $(VENV)/.test    ## Speed: each aim with its figure, and whether it is met
	$(BIN)/python -m tests.bench

##@ Maintain

format: $(VENV)/.test   ## Format the code, and fix what style can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

build: $(VENV)/.test    ## Wheel and sdist in dist/
	$(BIN)/python -m pip install --quiet --disable-pip-version-check build
	$(BIN)/python -m build

lock: $(VENV)/.test     ## Pin every dependency anew, for every Python and platform
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	    --no-header --no-annotate pyproject.toml --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	    --no-header --no-annotate --extra test --constraint requirements.lock pyproject.toml --output-file requirements-test.lock

clean:                  ## Remove what was made; the ledger and its pictures stay
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/.run: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/.test: requirements-test.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@ $(VENV)/.run
