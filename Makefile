# Two commands matter: `make demo` and `make test`. Each sets up all it needs in .venv, by install.py.
PYTHON ?= python3
ENGINE ?= piper
VENV := .venv
PY := $(VENV)/bin/python
INSTALL = @command -v $(PYTHON) >/dev/null || { echo "install: there is no $(PYTHON); install Python 3.11, 3.12 or 3.13" >&2; exit 1; }; $(PYTHON) install.py

# One more than the cores of the machine of the checks: tests wait for servers and processes a third of their time.
TEST_PROCESSES ?= 3

# Hundreds of processes of the tests import torch or the worker: where nobody may keep bytecode, each compiles it anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo worker tools test lint types unit docs gallery lock base sbom clean

demo:
	$(INSTALL) local $(if $(filter-out piper espeak,$(ENGINE)),worker)
	@$(PY) examples/demo.py --engine $(ENGINE)

# What `python -m handler` needs to take jobs: the production environment.
worker:
	$(INSTALL) local worker

tools:
	$(INSTALL) test

test: lint types unit

lint: tools
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/bandit --quiet --configfile pyproject.toml --recursive .
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(VENV)/bin/zizmor --offline --quiet .github
	$(VENV)/bin/shellcheck $(wildcard *.sh */*.sh */*/*.sh .github/scripts/*.sh .ci/run)

types: tools
	$(VENV)/bin/mypy

unit: tools
	OMP_NUM_THREADS=1 $(PY) -m pytest -n $(TEST_PROCESSES) --dist worksteal --durations 40 --durations-min 3

# Documents that are generated; a test fails when they drift.
docs: tools
	$(PY) docs/generate.py
	$(PY) docs/timing_picture.py

# The pictures of docs/captions.md, each drawn by the worker itself, and the jobs beside them; those of docs/studio.md.
gallery: tools
	$(PY) docs/gallery.py
	$(PY) docs/studio_gallery.py

# Resolve anew, the tests' set first: it holds all the others, so that every group has the same versions.
lock:
	$(INSTALL) local
	cd requirements && sh lock.sh ../$(VENV)/bin/uv

# The base image by the digest of .github/base, which Dependabot updates, in every Dockerfile.
base:
	sed -i "s|^ARG BASE_IMAGE=.*|ARG BASE_IMAGE=$$(sed -n 's/^FROM //p' .github/base/Dockerfile)|" Dockerfile.* .runpod/Dockerfile

# What the worker is made of, as CycloneDX: out/sbom.json. The image's system packages come in where it is built.
sbom:
	@mkdir -p out
	$(PYTHON) tools/sbom.py > out/sbom.json

clean:
	rm -rf $(VENV) out .mypy_cache .ruff_cache .pytest_cache .hypothesis
