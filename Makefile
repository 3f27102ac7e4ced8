# Commands of this project. `make` alone lists them.
# PYTHON chooses the interpreter (default: the first python3 that is new enough),
# CHROME the browser of the tests, FINDER_… the settings (README).

VENV := .venv
BIN := $(VENV)/bin
UVPIP := $(BIN)/uv pip install --quiet --python $(BIN)/python
STATIC := app/static/vendor/.stamp

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' Makefile

run: install ## Serve with the demo library on http://127.0.0.1:8000; Ctrl-C ends it
	@FINDER_DEMO="$${FINDER_DEMO-1}" exec $(BIN)/collateral-finder serve

test: install check ## Everything that must hold: style, types, contracts, all tests
	@CHROME="$$($(BIN)/python tools/chromium.py)" && export CHROME \
	  && exec $(BIN)/python -m pytest -n 2 --dist loadgroup

bench: install $(VENV)/.bench ## Measure search, pages and imports; prints one table
	@exec $(BIN)/python -m bench

install: $(VENV)/.app $(STATIC) ## Make .venv and the front-end files; the others do it themselves

check: $(VENV)/.app $(VENV)/.test ## Formatting, lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.test ## Bring the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

serve: install ## Serve the data folder as it is
	@exec $(BIN)/collateral-finder serve

worker: install ## The worker alone
	@exec $(BIN)/collateral-finder worker

migrate: install ## Bring the database to the newest schema
	@exec $(BIN)/collateral-finder db upgrade

demo: install ## Load the demo library
	@exec $(BIN)/collateral-finder demo load

lock: $(VENV)/.tools ## Resolve requirements/*.in anew into the hash locks
	@BIN=$(BIN) sh tools/lock.sh

$(BIN)/python:
	@sh tools/venv.sh $(VENV)

# A stamp is newer than what it stands for, so a second run does nothing.
$(VENV)/.tools: requirements/uv.txt | $(BIN)/python
	@echo "Installing uv"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(VENV)/.base: requirements/base.txt $(VENV)/.tools
	@echo "Installing the libraries"
	@$(UVPIP) --require-hashes -r $<
	@touch $@

# Without isolation the build uses the setuptools of our lock and asks no registry.
$(VENV)/.app: setup.py setup.cfg pyproject.toml $(VENV)/.base
	@$(UVPIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.base
	@echo "Installing the test tools"
	@$(UVPIP) --require-hashes -r $<
	@touch $@

$(VENV)/.bench: requirements/bench.txt $(VENV)/.base
	@echo "Installing the yardsticks"
	@$(UVPIP) --require-hashes -r $<
	@touch $@

$(STATIC): tools/assets.py tools/icons.txt app/static/scss/bootstrap-parts.scss package.json \
           package-lock.json $(VENV)/.tools
	@$(BIN)/python tools/assets.py
	@touch $@

.PHONY: help run test bench install check format serve worker migrate demo lock
