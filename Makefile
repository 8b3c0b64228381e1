# Everything a person or CI does with a checkout. `make` alone lists it.

PYTHON ?= python3
ARGS ?=

VENV := .venv
PY := $(VENV)/bin/python
CLIENT := tests/official_client
# npm's own note of what it installed
CLIENT_DONE := $(CLIENT)/node_modules/.package-lock.json

# a target whose recipe failed is made again
.DELETE_ON_ERROR:
.PHONY: help run install test check lint types layers audit bench clean

help:  ## list these targets
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | while IFS='	' read -r name what; do \
		printf '  make %-12s %s\n' "$$name" "$$what"; done

run: $(VENV)/run.stamp  ## start the server; options go into ARGS, such as ARGS="--port 8080"
	@exec $(PY) server.py $(ARGS)

install: $(VENV)/install.stamp $(CLIENT_DONE)  ## install what running, testing and checking need

test: install  ## run the tests; a choice of them goes into ARGS, such as ARGS="tests/test_config.py -k secret"
	@$(PY) -m pytest -q -n auto --dist loadfile $(ARGS)

check: lint types layers audit  ## format, lint, types, layers and known vulnerabilities

lint: $(VENV)/install.stamp
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .

types: $(VENV)/install.stamp
	$(PY) -m mypy

layers: $(VENV)/install.stamp
	$(PY) -m pytest -q tests/test_layers.py

audit: $(VENV)/install.stamp  ## look for known vulnerabilities in what is installed
	$(PY) .ci/audit.py

.PHONY: bench-quick
PEERS := bench/peer/seed bench/peer/bare
PEERS_DONE := $(PEERS:=/node_modules/.package-lock.json)

bench: install $(PEERS_DONE)  ## measure against Node; options go into ARGS
	@exec $(PY) -m bench.run $(ARGS)

bench-quick: install $(PEERS_DONE)  ## the same in two minutes: fewer rows, one pair each
	@exec $(PY) -m bench.run --quick $(ARGS)

$(PEERS_DONE): %/node_modules/.package-lock.json: %/package.json %/package-lock.json | $(VENV)/install.stamp
	cd $* && PATH="$$PATH:$(CURDIR)/$(VENV)/bin" npm ci --no-audit --no-fund --loglevel=error
	@touch $@

clean:  ## remove what was built and installed; data/ stays
	rm -rf $(VENV) $(CLIENT)/node_modules bench/peer/*/node_modules build *.egg-info .coverage htmlcov .hypothesis .mypy_cache .pytest_cache .ruff_cache
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

$(VENV)/install.stamp: setup.cfg pyproject.toml | $(PY)
	$(PIP) install --editable '.[test]'
	@touch $@ $(VENV)/run.stamp

# The machine's own npm, or else the one in the environment.
$(CLIENT_DONE): $(CLIENT)/package.json $(CLIENT)/package-lock.json | $(VENV)/install.stamp
	cd $(CLIENT) && PATH="$$PATH:$(CURDIR)/$(VENV)/bin" npm ci --no-audit --no-fund --loglevel=error
	@touch $@
