# Everything a person or CI does with a checkout. `make` alone lists it.

PYTHON ?= python3
ARGS ?=

VENV := .venv
PY := $(VENV)/bin/python
# the folders with packages from npm, each with npm's own note of what it installed
NOTE := node_modules/.package-lock.json
PAGE_DONE := web/$(NOTE)
FOR_TESTS := tests/official_client tests/axe tests/asyncapi
PEERS := bench/peer/seed bench/peer/bare
# what holds the server to seconds while it breaks it has the machine to itself
ALONE = $(or $(wildcard tests/system/test_chaos.py),$(error ALONE names no test))
# the machine's own npm, beside which pip can work; or else one in the environment, which comes there for this alone
NPM := $(if $(shell command -v npm),,$(VENV)/npm.stamp)

# without what was compiled the last time, every start compiles every module again
unexport PYTHONDONTWRITEBYTECODE

# a target whose recipe failed is made again
.DELETE_ON_ERROR:
.PHONY: help run ready install test check lint types layers words audit bench chaos clean

help:  ## list these targets
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | while IFS='	' read -r name what; do \
		printf '  make %-12s %s\n' "$$name" "$$what"; done

run: ready  ## start the server; options go into ARGS, such as ARGS="--port 8080"
	@exec $(PY) server.py $(ARGS)

ready: $(VENV)/run.stamp $(PAGE_DONE)  ## install what running needs, and start nothing

install: $(VENV)/install.stamp $(PAGE_DONE) $(FOR_TESTS:=/$(NOTE))  ## install what running, testing and checking need

test: install  ## run the tests; a choice of them goes into ARGS, such as ARGS="tests/unit/test_config.py -k secret"
	@$(PY) -m pytest -q -n auto --dist loadfile --no-loadscope-reorder $(if $(ARGS),$(ARGS),--ignore=$(ALONE))
	$(if $(ARGS),,@$(PY) -m pytest -q $(ALONE))

check: lint types layers words audit  ## check format, lint, types, layers, docstrings and known vulnerabilities

lint: $(VENV)/install.stamp
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .

types: $(VENV)/install.stamp
	$(PY) -m mypy

layers: $(VENV)/install.stamp
	$(PY) -m pytest -q tests/docs/test_layers.py

words: $(VENV)/install.stamp
	$(PY) -m pytest -q tests/docs/test_docstrings.py

audit: $(VENV)/install.stamp  ## look for known vulnerabilities in what is installed
	$(PY) .ci/audit.py

.PHONY: bench-quick
bench: install $(PEERS:=/$(NOTE))  ## measure against Node; options go into ARGS
	@exec $(PY) -m bench.run $(ARGS)

bench-quick: install $(PEERS:=/$(NOTE))  ## the same in two minutes: fewer rows, one pair each
	@exec $(PY) -m bench.run --quick $(ARGS)

.PHONY: screenshots weight
screenshots: install  ## take the pictures of the README again
	@$(PY) -m tests.support.screenshots

weight: install  ## say what the page weighs and how long a room takes to open
	@$(PY) -m bench.page

.PHONY: snapshots
snapshots: install  ## accept the API as it is now: write tests/snapshots/ again
	@ACCEPT_SNAPSHOTS=1 $(PY) -m pytest -q tests/docs/test_snapshots.py

.PHONY: soak
soak: install  ## have people come and go for 15 minutes and see whether anything only grows; options go into ARGS
	@exec $(PY) -m bench.soak $(ARGS)

.PHONY: overload
overload: install  ## send a server 2, 5 and 10 times what it can do; options go into ARGS
	@exec $(PY) -m bench.overload $(ARGS)

.PHONY: revocation
revocation: install  ## end a sign-in 100 times and say how long its sockets and token lived on; options go into ARGS
	@exec $(PY) -m bench.revocation $(ARGS)

chaos: install  ## break the server while people talk, and hold what they saw against the history; SEED=7 repeats a run
	@exec $(PY) -m chaos.run $(if $(SEED),--seed $(SEED)) $(ARGS)

.PHONY: mutants
mutants: install  ## break promises in copies of the server, and see that chaos finds each; options go into ARGS
	@exec $(PY) -m chaos.mutation $(ARGS)

clean:  ## remove what was built and installed; data/ stays
	rm -rf $(VENV) $(addsuffix /node_modules,web $(FOR_TESTS) $(PEERS)) build *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A half-made environment (Debian without python3-venv leaves one) would look whole the next time.
$(PY):
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Studyhall needs Python 3.11 or newer, and $(PYTHON) is " \
		+ sys.version.split()[0] + ": name another, such as make PYTHON=python3.12")'
	@$(PYTHON) -m venv --upgrade-deps $(VENV) || { rm -rf $(VENV); exit 1; }

# setuptools warns of every editable install of top-level modules; the project's owner chose them
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

%/$(NOTE): %/package.json %/package-lock.json | $(NPM)
	@export PATH="$$PATH:$(CURDIR)/$(VENV)/bin"; cd $* && npm ci --no-audit --no-fund --loglevel=error
	@touch $@
