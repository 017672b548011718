# `make demo` starts Throughline with demonstration data; `make test` and `make check` are what CI runs.

PORT ?= 8000
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv/bin/python
PIP := $(VENV) -m pip install --quiet --disable-pip-version-check --no-input
# Two that install at once would spoil each other's .venv: the second waits, and finds the work done.
ALONE := "$(PYTHON)" .ci/alone.py
ROOMS := crm journeys integrations
PYTHON_FILES := $(ROOMS) conftest.py manage.py

# A production deployment's environment, for the deploy checks. The key signs nothing.
PRODUCTION := THROUGHLINE_SECRET_KEY=of-the-deploy-checks-only-f3Jw8qPz2LkXv7RbT0sNyHc5GdMa1UeQ9 \
	THROUGHLINE_PUBLIC_URL=https://throughline.example THROUGHLINE_HOSTS=throughline.example

.PHONY: demo install install-dev test check format screenshot

demo: install
	@exec $(VENV) manage.py up --demo --port $(PORT)

install:
	@$(ALONE) $(MAKE) --silent --no-print-directory .venv/installed

install-dev:
	@$(ALONE) $(MAKE) --silent --no-print-directory .venv/installed-dev

test: install-dev
	$(VENV) -m pytest -n auto --dist loadgroup $(ARGS)

check: install-dev
	$(VENV) -m ruff format --check .
	$(VENV) -m ruff check .
	$(VENV) -m mypy $(PYTHON_FILES)
	$(VENV) .venv/bin/lint-imports
	$(VENV) -m bandit --quiet --configfile pyproject.toml --severity-level medium --recursive $(ROOMS)
	$(VENV) .ci/audit.py
	$(VENV) -m djlint --quiet --check templates
	$(VENV) -m djlint --quiet --lint templates
	$(PRODUCTION) $(VENV) manage.py check --deploy --fail-level WARNING
	$(VENV) manage.py makemigrations --check --dry-run

format: install-dev
	$(VENV) -m ruff check --fix .
	$(VENV) -m ruff format .
	-$(VENV) -m djlint --quiet --reformat templates

# Installed again only when a requirements file changes. `python -m` throughout: it stands a folder that moves.
.venv/installed: requirements.txt | .venv/bin/python
	@echo "Installing what Throughline runs on ..."
	@$(PIP) -r requirements.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt requirements.txt requirements-spark.txt | .venv/bin/python
	@echo "Installing what the tests and checks need ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@ .venv/installed

.venv/bin/python:
	@"$(PYTHON)" -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Throughline needs Python 3.11; name one: make PYTHON=/path/to/python3.11")'
	@"$(PYTHON)" -m venv .venv || { rm -rf .venv; echo "No virtual environment could be made; on Debian: apt-get install python3-venv"; exit 1; }

# The README's picture, made anew from the demonstration data.
screenshot: install-dev
	SCREENSHOTS=docs $(VENV) -m pytest -n 0 integrations/demo/tests/test_screenshot.py
