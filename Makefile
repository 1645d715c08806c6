# The commands of this project; `make help` lists them. Needs Python 3.11 or newer, git and make: nothing else.
# PYTHON=/path/to/python chooses the interpreter; PYTEST_ARGS="-k words" goes to pytest as it is.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip install --quiet --disable-pip-version-check
# Two stages, so that the demo does not wait for the tools of the tests.
RUNS := $(VENV)/.runs
READY := $(VENV)/.ready
# Inside its own virtual environment pip must not look at the user's site, and a check must not see the user's paths.
export PYTHONNOUSERSITE := 1
unexport PYTHONPATH PYTHONHOME
# Compiled modules are kept: the tests start a hundred programs, and each would compile the whole package again.
unexport PYTHONDONTWRITEBYTECODE
PYTEST_ARGS ?=
PYTEST := $(RUN) -m pytest --quiet --numprocesses auto --dist worksteal
# Whoever runs whole daemons, the demo, the examples or a built wheel is no unit test; any other folder holds some.
LONG := $(addprefix --ignore=tests/,bench crash demo e2e examples interop packaging tck)
# These alone must pass every branch of the pure core, so only they are slowed down by counting branches.
CORE := $(addprefix tests/,catalog policy protocol wire)

.PHONY: help setup unit test check fix demo bench tck interop conformance docs lock clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv with the pinned tools and the package (only once, and when the pins change)

# The newest interpreter that really runs (a version manager's shim may only print an error) and can make an environment.
$(RUNS): requirements/run.txt pyproject.toml
	@chosen=; \
	for python in $${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do \
	  if "$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    chosen=$$python; break; fi; \
	done; \
	if [ -z "$$chosen" ]; then \
	  echo "Renkei needs Python 3.11 or newer with its venv module (on Debian: python3-venv); none of" \
	    "$${PYTHON:-python3.13, python3.12, python3.11, python3, python} is one. Name yours: make setup PYTHON=..." >&2; \
	  exit 1; \
	fi; \
	echo "Setting up $(VENV) with $$("$$chosen" --version)"; \
	if ! $(RUN) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	  "$$chosen" -m venv --clear $(VENV); fi
	@$(PIP) --require-hashes -r requirements/run.txt
	@$(PIP) --no-build-isolation --no-deps --editable .
	@touch $@

$(READY): $(RUNS) requirements/dev.txt requirements/data.txt
	@echo "Adding the tools for tests and checks"
	@$(PIP) --require-hashes -r requirements/dev.txt
	@$(PIP) --require-hashes --no-deps -r requirements/data.txt
	@touch $@

unit: $(READY) ## Run the unit tests: all but those of whole daemons, demo, examples and wheel
	@$(PYTEST) $(LONG) $(PYTEST_ARGS)

test: $(READY) ## Run every test, and hold the pure core to 100 % branch coverage
	@$(PYTEST) --cov --cov-report term $(CORE) $(PYTEST_ARGS)
	@$(PYTEST) $(addprefix --ignore=,$(CORE)) $(PYTEST_ARGS)

check: $(READY) ## Formatting, lint, types, import directions
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports

fix: $(READY) ## Let ruff put right what it can
	$(RUN) -m ruff format .
	$(RUN) -m ruff check --fix .

demo: $(RUNS) ## A supply chain on this machine: the car maker asks, four answer, seven acts follow
	@$(VENV)/bin/renkei demo

bench: $(RUNS) ## Measure; writes bench.json and prints it
	@$(RUN) -m tests.bench

tck: $(RUNS) ## Run the official DSP conformance kit three times (needs Java 17 and Maven)
	@$(RUN) -m tests.tck

interop: $(RUNS) ## Meet an unmodified Eclipse EDC, both ways (needs Java 17 and Maven)
	@$(RUN) -m tests.interop

conformance: $(READY) ## Run the tests that hold the MUSTs of DSP and the ODRL suites, and write docs/conformance*
	@$(RUN) -m tests.conformance
	@$(RUN) tests/policy/suites

docs: $(READY) ## Write the generated pages of docs/reference
	@$(RUN) docs/generate.py

lock: $(RUNS) ## Choose the newest versions that fit and pin them with hashes (needs a package index)
	@$(RUN) -m venv --clear .build/lock
	@.build/lock/bin/python -m pip install --quiet --disable-pip-version-check uv
	@.build/lock/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
	  pyproject.toml requirements/dev.in --extra testing --extra excel --output-file requirements/dev.txt
	@.build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header --no-annotate --constraints requirements/dev.txt \
	  pyproject.toml requirements/run.in --extra excel --output-file requirements/run.txt

clean: ## Remove everything that can be made again
	rm -rf $(VENV) .build dist bench.json .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache \
	  .import_linter_cache .hypothesis
	find connector tests docs examples -name __pycache__ -type d -prune -exec rm -rf {} +
