# `make run` and `make test` need make and Python 3.11 or newer with venv; everything else they fetch or bring along.
# A step runs again only when the file it depends on changed.

PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
JOBS   ?= logical
SHELL   = /bin/sh
APT     = DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends

.DEFAULT_GOAL := help
.PHONY: help run test test-servers proof mutants chaos walks coverage lint format bench pages audit lock browser clean

help:            ## What can be made
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

run: $(VENV)/.base node_modules/.package-lock.json  ## The whole clinic on http://127.0.0.1:8000 (PORT=… for another port)
	@$(BIN)/python manage.py up

test: $(VENV)/.dev node_modules/.package-lock.json browser  ## All tests, a real browser included (ARGS=… goes to pytest)
	$(BIN)/python -m pytest -n $(JOBS) --maxprocesses 8 $(ARGS)

test-servers: $(VENV)/.dev node_modules/.package-lock.json browser  ## All tests against Debian's PostgreSQL and Redis
	$(BIN)/python bin/with-debian-servers $(BIN)/python -m pytest -n $(JOBS) --maxprocesses 8 $(ARGS)

proof: $(VENV)/.dev node_modules/.package-lock.json browser  ## What is too long for every change, into docs/proof (PROOF=… for some by name)
	$(BIN)/python -m tests.proof $(PROOF)

chaos: $(VENV)/.dev node_modules/.package-lock.json  ## Every fault the clinic survives, a line each, into docs/proof/chaos.json (Linux, as root)
	$(BIN)/python -m tests.proof chaos

mutants: $(VENV)/.dev  ## The pure rules with one fault at a time, for at most half an hour (ARGS=modules, --minutes N)
	$(BIN)/python -m tests.mutants $(ARGS)

walks: $(VENV)/.dev node_modules/.package-lock.json browser  ## What people do, followed by the words on the pages (docs/walks; ARGS=-k…)
	PROOF_SEED=$${PROOF_SEED:-1} $(BIN)/python -m pytest -q -s tests/browser/test_walks.py $(ARGS)

coverage: $(VENV)/.dev  ## How much of the product the tests reach, layer by layer (without browser and chaos tests)
	$(BIN)/python -m pytest -n $(JOBS) --maxprocesses 8 -m "not browser and not chaos" --cov --cov-report= $(ARGS)
	$(BIN)/python -m tests.coverage_layers

lint: $(VENV)/.dev  ## Style, layers, types, templates, migrations, settings, locks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy
	$(BIN)/djlint --quiet --lint templates
	$(BIN)/python bin/without-servers manage.py makemigrations --check --dry-run
	$(BIN)/python bin/without-servers manage.py check --deploy --fail-level WARNING
	! grep -nE '[a-z]+://' requirements/*.txt package-lock.json
	$(BIN)/vulture
	@$(BIN)/python -m tests.proof --stale

format: $(VENV)/.dev  ## Put Python files into the one style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.bench  ## Ratios beside other systems, in one run on one machine; `make bench pages`: every page (ARGS=…)
	$(BIN)/python -m bench $(ARGS) $(filter pages,$(MAKECMDGOALS))

pages: ; @test -n "$(filter bench,$(MAKECMDGOALS))" || { echo "make bench pages"; exit 1; }

audit: $(VENV)-audit/.audit  ## Known weaknesses of what we install, and of what we wrote
	$(VENV)-audit/bin/semgrep scan --error --metrics off --disable-version-check --config .semgrep.yaml .
	@# Strict: a package that the service does not know is a failure, not a silent pass.
	$(VENV)-audit/bin/pip-audit --strict --disable-pip --require-hashes -r requirements/base.txt

lock:  ## Resolve every dependency anew (needs uv on the PATH)
	for name in base dev bench audit node; do \
	    uv pip compile --quiet --universal --generate-hashes --no-header --upgrade --python-version 3.11 \
	        requirements/$$name.in -o requirements/$$name.txt || exit 1; \
	done
	npm update --ignore-scripts
	$(PYTHON) bin/strip-lock package-lock.json

browser:
	@bin/ensure-browser

clean:  ## Remove what can be made again; var/ with the clinic's data stays
	rm -rf $(VENV) $(VENV)-audit node_modules .coverage .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# --- Environments ---------------------------------------------------------------------------------------------------

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "Mesoplan needs Python 3.11 or newer; set PYTHON=python3.11 or the like."; exit 1; }
	@echo "Making $(VENV)…"
	@$(PYTHON) -m venv $(VENV)
	@# The root of the checkout is on the path, wherever a command is called from.
	@$(BIN)/python -c 'import sysconfig, pathlib; pathlib.Path(sysconfig.get_path("purelib"), "mesoplan.pth").write_text(f"{pathlib.Path.cwd()}\n")'
	@touch $@

$(VENV)/.base: requirements/base.txt $(VENV)/.python
	@echo "Installing what the clinic needs…"
	@$(BIN)/python -m pip install --disable-pip-version-check -q --require-hashes -r requirements/base.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.base
	@echo "Installing what the tests need…"
	@$(BIN)/python -m pip install --disable-pip-version-check -q --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/.bench: requirements/bench.txt $(VENV)/.dev
	@$(BIN)/python -m pip install --disable-pip-version-check -q --require-hashes -r requirements/bench.txt
	@touch $@

$(VENV)-audit/.audit: requirements/audit.txt
	@$(PYTHON) -m venv $(VENV)-audit
	@$(VENV)-audit/bin/python -m pip install --disable-pip-version-check -q --require-hashes -r requirements/audit.txt
	@touch $@

node_modules/.package-lock.json: package-lock.json .npmrc $(VENV)/.python
	@echo "Installing the browser libraries…"
	@BIN="$(BIN)" bin/npm-ci
	@touch $@
