# shopbot: `make run` to use it, `make test` to check it, `make help` for the rest.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
ADDRESS ?=
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help run serve install dev test check unit slow eval bench load ablation fix clean
.DELETE_ON_ERROR:

help:  ## Show what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1	/' | expand -t 12

run: $(VENV)/.prepared  ## Install, prepare, serve the demo store with shoppers on 127.0.0.1:8000
	@$(BIN)/shopbot demo $(ADDRESS)

serve: $(VENV)/.prepared  ## As run, without demo orders, people and shoppers
	@$(BIN)/shopbot serve $(ADDRESS)

install: $(VENV)/.installed  ## Install into .venv

dev: $(VENV)/.installed-dev  ## Install into .venv with the test tools

test: $(VENV)/.installed-dev check  ## All that CI runs: lint, types, architecture, tests
	@$(BIN)/shopbot model prepare
	@$(PYTEST) -m "not slow" -n 2 --dist loadfile

check: $(VENV)/.installed-dev  ## Lint, format, types and architecture, without the tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

unit: $(VENV)/.installed-dev  ## The unit tests but for the long ones: two minutes on two cores
	@$(PYTEST) -q tests/unit -m "not slow and not long" -n 2 --dist loadfile

slow: $(VENV)/.installed-dev  ## The tests that take minutes (kill -9, load, large files)
	@$(BIN)/shopbot model prepare
	@$(PYTEST) -m slow

eval: $(VENV)/.installed-dev  ## Measure retrieval; absent question sets are a printed skip
	@$(BIN)/shopbot model prepare
	@$(BIN)/python -m benchmarks.retrieval

bench: $(VENV)/.installed-dev  ## Measure speed, memory and peers side by side
	@$(BIN)/shopbot model prepare
	@$(BIN)/python -m benchmarks.service
	@$(BIN)/python -m benchmarks.peers

load: $(VENV)/.installed-dev  ## Measure the talk under load: held lines, messages a second, memory
	@$(BIN)/shopbot model prepare
	@$(BIN)/python -m benchmarks.load

ablation: $(VENV)/.installed-dev  ## Measure retrieval with legs and steps left out
	@$(BIN)/shopbot model prepare
	@$(BIN)/python -m benchmarks.ablation

fix: $(VENV)/.installed-dev  ## Let ruff mend and format what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean:  ## Remove .venv and caches; knowledge/ and data/ stay
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/.python:
	@command -v $(PYTHON) >/dev/null || { echo "shopbot needs Python 3.11, 3.12 or 3.13; there is no $(PYTHON). Try: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { echo "shopbot needs Python 3.11, 3.12 or 3.13; $(PYTHON) is $$($(PYTHON) -V). Try: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "$(PYTHON) cannot make a virtual environment; on Debian and Ubuntu install python3-venv"; exit 1; }
	@touch $@

$(VENV)/.installed: $(VENV)/.python pyproject.toml constraints.txt tools/install.py
	@$(BIN)/python tools/install.py
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.python pyproject.toml constraints.txt tools/install.py
	@$(BIN)/python tools/install.py --dev
	@touch $@ $(VENV)/.installed

$(VENV)/.prepared: $(VENV)/.installed
	@$(BIN)/shopbot model prepare
	@$(BIN)/shopbot kb build
	@touch $@
