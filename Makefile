# Two commands matter: `make demo` and `make test`. Everything is installed into .venv from requirements.lock.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
FOLDERS := benchmark models_zoo datasets api workers
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --constraint requirements.lock
# Of pytest: one more than two cores, as some tests wait for processes that they started.
PROCESSES ?= 3
# Some hundred processes are started by tests; each would compile brainrank anew.
unexport PYTHONDONTWRITEBYTECODE
export BRAINRANK_MIRROR ?= $(wildcard $(CURDIR)/../shared/data/mirror)

.PHONY: demo test check lock performance soak load results recovery brains claims reverse learning published calibration names audit \
	pictures guide tutorials clean

demo: .venv/installed
	@$(BIN)/brainrank demo

test: .venv/installed-test .venv/browser check
	OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/pytest -n $(PROCESSES) --dist loadgroup --no-loadscope-reorder

check: .venv/installed-test build/tree
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy -p brainrank
	PYTHONPATH=build/tree $(BIN)/lint-imports

# Measured ratios against peers; takes minutes and is no test. Writes performance/RESULTS.md.
performance: .venv/installed-test
	$(BIN)/python -m performance.metrics

# What takes too long for a test: every script in tests/soak, one after the other, whatever became of the one before.
soak: .venv/installed-test build/tree
	@failed=0; for each in tests/soak/*.py; do echo "== $$each"; \
		PYTHONPATH=tests/support:build/tree:. $(BIN)/python $$each || failed=1; done; exit $$failed

# Readers, submitters, streams and silent clients for ten minutes. Writes performance/RESULTS-load.md.
load: .venv/installed-test build/tree
	PYTHONPATH=tests/support:build/tree $(BIN)/python -m performance.load

# Every model whose weights are at hand on every benchmark whose data are; about an hour. Writes docs/results.md, and the
# results that come with brainrank: api/services/home/published_results.*
results: .venv/installed-test
	$(BIN)/python -m performance.results

# What each counted benchmark can detect of the models at hand, simulated; ten minutes on the activations of `make
# results`. Writes api/services/views/recovery_results.json, which pages and commands tell.
recovery: .venv/installed-test
	$(BIN)/python -m performance.recovery

# Claims of the literature looked up in the stored scores of `make results`. Writes docs/claims.md.
claims: .venv/installed-test
	$(BIN)/python -m performance.claims

# What neurons of V4 predict of each model, beside what it predicts of them. Writes docs/reverse-predictivity.md.
reverse: .venv/installed-test
	$(BIN)/python -m performance.reverse_predictivity

# Readouts of the models of `make results`, taught as people were, and docs/learning.md; some ten minutes. The scores over
# training steps that it also tells are made by `python -m performance.learning_steps`, in an hour.
learning: .venv/installed-test
	$(BIN)/python -m performance.learning

# What missing cells and seeds do to places on a table of others' scores. Writes performance/RESULTS-published.md.
published: .venv/installed-test
	$(BIN)/python -m performance.published_ranks

# How often intervals hold and differences are false, simulated; 20 minutes or so. Writes docs/calibration.md.
calibration: .venv/installed-test
	OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m performance.calibration

# Which models the pinned timm, torchvision and open_clip have, for a web process that imports none of them.
names: .venv/installed-test
	$(BIN)/python -m performance.known_names

# The pages of the stored scores, light and dark, into docs/images.
pictures: .venv/installed-test .venv/browser
	$(BIN)/python -m performance.pictures

# The documentation as a site, which `brainrank serve` shows under /guide; a wheel or image made after that has it.
guide: .venv/installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

# The notebooks of docs/tutorials, run anew: what comes out is stored in them.
tutorials: .venv/installed-test
	$(BIN)/python tests/support/tutorials.py

.venv/bin/pip:
	@echo "Creating .venv with $(PYTHON)"
	@$(PYTHON) -m venv .venv

.venv/installed: requirements.lock pyproject.toml setup.py | .venv/bin/pip
	@echo "Installing brainrank and its pinned dependencies into .venv (torch is large: two to three minutes)"
	@$(INSTALL) --editable .
	@touch $@

.venv/installed-test: requirements.lock pyproject.toml setup.py | .venv/bin/pip
	@echo "Installing brainrank with what its tests need into .venv"
	@$(INSTALL) --editable '.[test]'
	@touch $@ .venv/installed .venv/installed-docs

.venv/installed-docs: requirements.lock pyproject.toml setup.py | .venv/bin/pip
	@echo "Installing brainrank with what its guide is built with into .venv"
	@$(INSTALL) --editable '.[docs]'
	@touch $@ .venv/installed

# The browser that pages are tested in; where it cannot be had those tests skip, and say so.
.venv/browser: | .venv/bin/pip
	@command -v chromium >/dev/null || { echo "Installing Chromium, for the tests of the pages"; \
		apt-get update -qq && apt-get install -qq --yes --no-install-recommends chromium >/dev/null; } \
		|| echo "No Chromium: the tests of the pages will skip"
	@touch $@

# mypy and import-linter read the tree under its installed name through these links.
build/tree: Makefile
	@mkdir -p build/tree/brainrank
	@for folder in $(FOLDERS); do ln -sfn ../../../$$folder build/tree/brainrank/$$folder; done
	@for file in __init__.py __init__.pyi py.typed; do ln -sfn ../../../public/$$file build/tree/brainrank/$$file; done
	@touch build/tree

# Run after changing a dependency in pyproject.toml; needs a .venv that works. The hashes are of all files that the index
# has of these versions, so that they hold on every platform.
lock: .venv/installed-test build/tools
	$(BIN)/pip freeze --all --exclude-editable | grep -v "^pip==" | LC_ALL=C sort --ignore-case > requirements.lock
	build/tools/bin/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11.5 --generate-hashes \
		--no-annotate --no-header --quiet --constraint requirements.lock --output-file requirements-hashes.lock

# What PyPI's advisories know of the locked versions; fails where they cannot be asked, as behind a mirror.
audit: build/tools
	build/tools/bin/pip-audit --requirement requirements.lock --no-deps --disable-pip --strict

build/tools:
	$(PYTHON) -m venv build/tools
	build/tools/bin/pip install --quiet --disable-pip-version-check uv==0.13.9 pip-audit==2.10.1

clean:
	rm -rf build dist *.egg-info .venv
