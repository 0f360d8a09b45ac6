# From a clone to a rehearsed recovery: `make rehearse`. Needs Python 3.11 or later, and the network once, for packages.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help rehearse test lint bench clean relink

ROOMS := components dynamic_providers emulator engine rehearsal rest
EXAMPLES = $(wildcard examples/*/__main__.py)
TEMPLATES = $(wildcard templates/*/__main__.py)
BENCHMARKS = $(filter-out benchmarks/_%,$(wildcard benchmarks/*.py))
# A test that waits leaves its processor to another.
WORKERS = $(shell expr $$(getconf _NPROCESSORS_ONLN) + 2)

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
say = @printf '==> %s\n'

# A virtual environment that is there is kept; PYTHON=python3.12 chooses another interpreter, in a new one.
FITS := import ensurepip, sys; sys.version_info >= (3, 11) or sys.exit(1); print(sys._base_executable)
ifndef PYTHON
PYTHON := $(shell for python in $(BIN)/python python3.13 python3.12 python3.11 python3; \
	do $$python -c '$(FITS)' 2>/dev/null && break; done)
endif

# The strict editable install is a tree of links below build/, which type checker and import linter can follow. It does
# not see new files, so the name of the stamp holds which files there are, beside the requirements themselves.
CONTENT := $(shell { cat pyproject.toml constraints.txt; \
	find $(ROOMS) -name '*.py' -o -name '*.json' -o -name py.typed | LC_ALL=C sort; } | cksum | cut -d' ' -f1)
VENV_MADE := $(VENV)/made-with-$(shell $(or $(PYTHON),true) --version | tr -d ' ')
REHEARSAL := $(VENV)/rehearsal-$(CONTENT)
DEV := $(VENV)/dev-$(CONTENT)

help:
	@echo 'make rehearse  run every example from preview to destroy, on this machine alone'
	@echo 'make test      run the tests'
	@echo 'make lint      check style, types and the direction of imports'
	@echo 'make bench     measure what docs/ states'
	@echo 'make clean     remove what the others made'

rehearse: $(REHEARSAL)
	@for name in $(EXAMPLES:/__main__.py=); do \
		echo "==> Rehearsing $$name"; $(BIN)/azure-recovery rehearse $$name || exit; done

test: $(DEV)
	$(say) 'Running the tests'
	@# In the order of the folders the files with few and long tests come before those with many short ones.
	@$(BIN)/pytest --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder --quiet

lint: $(DEV)
	$(say) 'Checking style'
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	$(say) 'Checking types'
	@$(BIN)/mypy $(ROOMS:%=--package=azure_recovery.%)
	@# One by one: every example is a __main__.
	@for program in $(EXAMPLES) $(TEMPLATES) $(BENCHMARKS); do echo $$program; $(BIN)/mypy $$program || exit; done
	$(say) 'Checking the direction of imports'
	@$(BIN)/lint-imports --no-logo

bench: $(DEV)
	@for script in $(BENCHMARKS); do echo "==> Measuring $$script"; $(BIN)/python $$script || exit; done

clean:
	$(say) 'Removing $(VENV), build, caches'
	@rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(REHEARSAL) $(DEV): $(VENV_MADE) $(if $(wildcard build/__editable__.*),,relink)
	$(say) 'Installing azure-recovery[$(EXTRAS)] in $(VENV)'
	@$(PIP) install --constraint constraints.txt --no-build-isolation --config-settings editable_mode=strict \
		--editable '.[$(EXTRAS)]'
	@# As in any other install: else each process that an engine starts compiles it anew, a fifth of its start.
	@$(BIN)/python -m compileall -q build/__editable__.*
	@rm -f $(VENV)/$(firstword $(subst -, ,$(@F)))-*
	@touch $@

# One of the examples makes role assignments with azure-native.
$(REHEARSAL): EXTRAS := rehearsal,azure-native
$(DEV): EXTRAS := dev

$(VENV_MADE):
	@$(or $(PYTHON),false) -c '$(FITS)' >/dev/null 2>&1 || { echo '$(or $(PYTHON),python3) is not a Python 3.11 or later' \
		'with ensurepip (python3-venv on Debian): install one, or name it: make PYTHON=/path/to/python3' >&2; exit 1; }
	$(say) 'Creating $(VENV) with $(PYTHON)'
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --constraint constraints.txt setuptools wheel
	@touch $@
