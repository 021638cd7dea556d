# Everything this project needs is made by its own files: Python >= 3.11 and make are enough.
.DEFAULT_GOAL := help
PYTHON ?= python3
ifeq ($(OS),Windows_NT)
  BIN := .venv/Scripts
else
  BIN := .venv/bin
endif
STAMP := .venv/.made-from-pyproject

.PHONY: run test check lint format bench wheel help clean

run: $(STAMP)  ## power on a simulated rack, run a night on it, print the morning page
	$(BIN)/bringup night smoke vmin-map --until 07:30

test: $(STAMP)  ## run the whole suite
	$(BIN)/python -m pytest -n 3 --dist loadgroup

check: lint  ## what CI checks beside the tests: ruff, mypy strict, import contracts
	$(BIN)/mypy
	$(BIN)/lint-imports

lint: $(STAMP)  ## ruff's rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(STAMP)  ## mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

wheel: $(STAMP)  ## build the wheel, install it into an empty environment, run a plan from it elsewhere
	$(BIN)/python tests/wheel_elsewhere.py

bench: $(STAMP)  ## measure, side by side in one run, and print the table
	$(BIN)/python -m tests.benchmarks

help:  ## this list
	@echo "make run | test | check | lint | format | bench | wheel | clean"
	@sed -n 's/^\([a-z]*\):.*## /  \1\t/p' $(MAKEFILE_LIST)

clean:  ## remove the environment and caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# Made anew when pyproject.toml changes; the stamp is written last, so a broken install is tried again.
$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "bringup needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	@echo "Making the environment in .venv (once; about a minute) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@
