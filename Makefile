# Two commands matter: `make demo` and `make test`. Each sets up all it needs in .venv.
PYTHON ?= python3
ENGINE ?= espeak
VENV := .venv
PY := $(VENV)/bin/python
# Everything is in the lock file, so nothing is resolved; a package without its hash is refused.
INSTALL := $(VENV)/bin/uv pip install --quiet --python $(PY) --no-deps --require-hashes -r

.PHONY: demo worker test lint types unit docs gallery lock clean

demo: $(VENV)/local.done $(if $(filter f5,$(ENGINE)),$(VENV)/worker.done)
	@$(PY) examples/demo.py --engine $(ENGINE)

# What `python -m handler` needs to take jobs: the production environment.
worker: $(VENV)/worker.done

test: lint types unit

lint: $(VENV)/test.done
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(VENV)/bin/zizmor --offline --quiet .github
	$(VENV)/bin/shellcheck $(wildcard *.sh */*.sh */*/*.sh .github/scripts/*.sh .ci/run)

types: $(VENV)/test.done
	$(VENV)/bin/mypy

unit: $(VENV)/test.done
	$(PY) -m pytest -n 2

# Documents that are generated; a test fails when they drift.
docs: $(VENV)/test.done
	$(PY) docs/generate.py

# The pictures of docs/captions.md, each drawn by the worker itself, and the jobs beside them.
gallery: $(VENV)/test.done
	$(PY) docs/gallery.py

# Resolve anew, the tests' set first: it holds all the others, so that every group has the same versions.
lock: $(VENV)/uv.done
	cd requirements && sh lock.sh ../$(VENV)/bin/uv

clean:
	rm -rf $(VENV) out .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/uv.done: requirements/uv.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

$(VENV)/local.done: requirements/local.txt $(VENV)/uv.done
	$(INSTALL) requirements/local.txt
	@touch $@

# What F5-TTS needs: the production environment, beside the demo's.
$(VENV)/worker.done: requirements/worker.txt $(VENV)/local.done
	@echo "Fetching the production environment: 8 GB, which takes minutes."
	$(INSTALL) requirements/worker.txt
	@touch $@

$(VENV)/test.done: requirements/test.txt $(VENV)/uv.done
	$(INSTALL) requirements/test.txt
	@touch $@ $(VENV)/local.done $(VENV)/worker.done
