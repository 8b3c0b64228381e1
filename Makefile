# Tasks for developers and CI. `make` without a target lists them.

PYTHON ?= python3
ARGS ?=

VENV := .venv
PY := $(VENV)/bin/python
# folders with packages from npm; npm writes NOTE after installing them
NOTE := node_modules/.package-lock.json
# the last file that web/build.mjs writes
PAGE := web/dist/manifest.json
PAGE_SOURCES := web/index.html web/package.json $(wildcard web/*.mjs) $(shell find web/app web/style)
# packages for checks and tests only
FOR_TESTS := web/tools tests/official_client tests/axe tests/asyncapi
PEERS := bench/peer/seed bench/peer/bare
# fault injection asserts seconds, so it runs without other tests
ALONE = $(or $(wildcard tests/system/test_chaos.py),$(error ALONE names no test))
# npm of the machine, or else one from PyPI in the environment
NPM := $(if $(shell command -v npm),,$(VENV)/npm.stamp)

# the server works without the page
BUILD_PAGE = $(MAKE) --no-print-directory $(PAGE) >$(VENV)/page.log 2>&1
WARN_OF_PAGE = echo "WARNING: the page could not be built, so none is served, or the one before: see $(VENV)/page.log" >&2

# without cached bytecode, every start compiles every module again
unexport PYTHONDONTWRITEBYTECODE

# a target is rebuilt if its recipe failed
.DELETE_ON_ERROR:
.PHONY: help run ready install test check lint types page layers words audit bench chaos clean

help:  ## list these targets
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | while IFS='	' read -r name what; do \
		printf '  make %-12s %s\n' "$$name" "$$what"; done

# the server itself warns of a missing page, but not of an old one
run: $(VENV)/run.stamp  ## start the server; options go into ARGS, such as ARGS="--port 8080"
	@$(BUILD_PAGE) || [ ! -f $(PAGE) ] || $(WARN_OF_PAGE)
	@exec $(PY) server.py $(ARGS)

ready: $(VENV)/run.stamp  ## install the dependencies of the server and build the page, without starting it
	@$(BUILD_PAGE) || $(WARN_OF_PAGE)

.PHONY: dev
dev: ready  ## start the server for development, and build the page again on each change; options go into ARGS
	@PATH="$$PATH:$(CURDIR)/$(VENV)/bin" node web/build.mjs --watch $$$$ & \
	exec env STUDYHALL_SERVER_ENVIRONMENT=development $(PY) server.py $(ARGS)

install: $(VENV)/install.stamp $(PAGE) $(FOR_TESTS:=/$(NOTE))  ## install the dependencies of server, tests and checks

test: install  ## run the tests; ARGS selects some, such as ARGS="tests/unit/test_config.py -k secret"
	@$(PY) -m pytest -q -n auto --dist loadfile --no-loadscope-reorder $(if $(ARGS),$(ARGS),--ignore=$(ALONE))
	$(if $(ARGS),,@$(PY) -m pytest -q $(ALONE))

.PHONY: test-fast
# without floods and long inputs (slow), too; lookups are tested in tests/storage/lookups/
FAST := tests/unit tests/http tests/sockets tests/storage
test-fast: install  ## run the tests that need no browser, PostgreSQL or other processes, in a minute
	@$(PY) -m pytest -q -n auto --dist loadfile --no-loadscope-reorder -m "not slow and not processes" \
		-k "not postgres and not pgbouncer and not +cache" $(FAST)

check: lint types page layers words audit  ## check format, lint, types, layers, docstrings and known vulnerabilities

lint: $(VENV)/install.stamp
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .

types: $(VENV)/install.stamp
	$(PY) -m mypy

IN_WEB := cd web && PATH="$$PATH:$(CURDIR)/$(VENV)/bin"
page: web/$(NOTE) web/tools/$(NOTE)
	$(IN_WEB) node tools/node_modules/typescript/bin/tsc -p .
	$(IN_WEB) node tools/node_modules/@biomejs/biome/bin/biome check --error-on-warnings .

layers: $(VENV)/install.stamp
	$(PY) -m pytest -q tests/docs/test_layers.py

words: $(VENV)/install.stamp
	$(PY) -m pytest -q tests/docs/test_docstrings.py

audit: $(VENV)/install.stamp  ## look for known vulnerabilities in installed packages
	$(PY) .ci/audit.py

.PHONY: bench-quick
bench: install $(PEERS:=/$(NOTE))  ## compare performance with servers on Node.js; options go into ARGS
	@exec $(PY) -m bench.run $(ARGS)

bench-quick: install $(PEERS:=/$(NOTE))  ## the same in two minutes: fewer rows, one pair each
	@exec $(PY) -m bench.run --quick $(ARGS)

.PHONY: screenshots weight
screenshots: install  ## take the screenshots of the README again
	@$(PY) -m tests.support.screenshots

weight: install  ## print the size of the page and the time until a room is open
	@$(PY) -m bench.page

.PHONY: snapshots
snapshots: install  ## accept the API as it is now: write tests/snapshots/ again
	@ACCEPT_SNAPSHOTS=1 $(PY) -m pytest -q tests/docs/test_snapshots.py

.PHONY: api-types
api-types: install  ## generate the page's types of the API again, web/app/core/api-types.ts
	@$(PY) -m tests.support.page_types

.PHONY: tables
tables: install  ## generate the tables of docs/protocol.md and docs/settings.md again
	@$(PY) -m tests.support.doc_tables

.PHONY: soak
soak: install  ## run clients for 15 minutes and report resources that only grow; options go into ARGS
	@exec $(PY) -m bench.soak $(ARGS)

.PHONY: overload
overload: install  ## test load shedding at 2, 5 and 10 times the server's capacity; options go into ARGS
	@exec $(PY) -m bench.overload $(ARGS)

.PHONY: revocation
revocation: install  ## revoke a session 100 times and print how long its sockets and token lived on; options go into ARGS
	@exec $(PY) -m bench.revocation $(ARGS)

.PHONY: phase-changes
phase-changes: install  ## end phases of a timer with 1,000 followers and print how long the loop was held; options go into ARGS
	@exec $(PY) -m bench.phase_changes $(ARGS)

.PHONY: study-queries
study-queries: install  ## print the CPU time of statistics and leaderboards with a million focus sessions; options go into ARGS
	@exec $(PY) -m bench.study_queries $(ARGS)

chaos: install  ## inject faults while clients chat, and compare what they received with the history; SEED=7 repeats a run
	@exec $(PY) -m chaos.run $(if $(SEED),--seed $(SEED)) $(ARGS)

.PHONY: mutants
mutants: install  ## break promises in copies of the server, and check that chaos finds each; options go into ARGS
	@exec $(PY) -m chaos.mutation $(ARGS)

clean:  ## delete built and installed files; data/ stays
	rm -rf $(VENV) web/dist $(addsuffix /node_modules,web $(FOR_TESTS) $(PEERS)) build *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An incomplete environment (Debian without python3-venv leaves one) would look complete the next time.
$(PY):
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Studyhall needs Python 3.11 or newer, and $(PYTHON) is " \
		+ sys.version.split()[0] + ": name another, such as make PYTHON=python3.12")'
	@$(PYTHON) -m venv --upgrade-deps $(VENV) || { rm -rf $(VENV); exit 1; }

# setuptools warns of editable installs of top-level modules, which the project uses on purpose
PIP := PYTHONWARNINGS=ignore $(PY) -m pip --quiet --disable-pip-version-check

$(VENV)/run.stamp: setup.cfg pyproject.toml | $(PY)
	$(PIP) install --editable .
	@touch $@

$(VENV)/install.stamp: setup.cfg pyproject.toml | $(PY) $(NPM)
	$(PIP) install --editable '.[test]'
	@touch $@ $(VENV)/run.stamp

$(VENV)/npm.stamp: setup.cfg pyproject.toml | $(VENV)/run.stamp
	$(PIP) install --editable '.[node]'
	@touch $@

# without npm: `make run` needs no network as long as the packages are there
$(PAGE): $(PAGE_SOURCES) web/$(NOTE)
	@PATH="$$PATH:$(CURDIR)/$(VENV)/bin" node web/build.mjs

%/$(NOTE): %/package.json %/package-lock.json | $(NPM)
	@export PATH="$$PATH:$(CURDIR)/$(VENV)/bin"; cd $* && npm ci --no-audit --no-fund --loglevel=error
	@touch $@
