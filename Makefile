# `make app` opens the page; `make test` runs lint and all tests. Both set up everything they need in .venv.
PYTHON ?= python3
VENV := .venv
PEERS_VENV := .venv-peers
BIN := $(VENV)/bin
PORT ?= 8501
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet -c constraints.txt

.PHONY: app test lint eval bench peers screenshots train clean

app: $(VENV)/.app
	$(BIN)/annotator app --port $(PORT)

test: lint
	$(BIN)/python -m pytest

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

eval: $(VENV)/.app
	$(BIN)/annotator evaluate $(EVAL)

bench: $(VENV)/.train
	$(BIN)/python -m benchmarks.speed $(BENCH)
	$(BIN)/python -m benchmarks.page
	$(BIN)/python -m benchmarks.fairness
	$(MAKE) peers

# Quality beside other tools, which have an environment of their own; what cannot be installed is shown as missing.
peers: $(PEERS_VENV)/.ready
	$(PEERS_VENV)/bin/python -m benchmarks.peers $(PEERS)
	$(PEERS_VENV)/bin/python -m benchmarks.sentences $(SENTENCES)

$(PEERS_VENV)/.ready: benchmarks/requirements-peers.txt pyproject.toml constraints.txt
	$(PYTHON) -m venv $(PEERS_VENV)
	$(PEERS_VENV)/bin/python -m pip --disable-pip-version-check install --quiet -c constraints.txt -e '.[train]'
	$(PEERS_VENV)/bin/python -m pip --disable-pip-version-check install --quiet --no-deps -r benchmarks/requirements-peers.txt
	@touch $@

# The pictures of the README; without a browser it fails.
screenshots: $(VENV)/.test
	CI=true ANNOTATOR_SCREENSHOTS=docs $(BIN)/python -m pytest tests/browser/test_screenshots.py

train: $(VENV)/.train
	$(BIN)/python -m annotator.training $(TRAIN)

# Chromium comes from Debian's packages where there is root to install it; else the browser tests are skipped.
$(VENV)/.test: $(VENV)/.app
	$(PIP) -e '.[dask,test]'
	@if [ "$$(id -u)" = 0 ] && ! command -v chromium >/dev/null && command -v apt-get >/dev/null; then \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null || true; fi
	@if [ "$$CI" = true ]; then $(PIP) -e '.[train]'; fi
	@touch $@

$(VENV)/.train: $(VENV)/.test
	$(PIP) -e '.[train]'
	@touch $@

$(VENV)/.app: pyproject.toml constraints.txt hatch_build.py
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e '.[web]'
	@touch $@

clean:
	rm -rf $(VENV) $(PEERS_VENV) build dist
