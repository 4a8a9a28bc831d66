# Each target makes .venv, installs what it needs, then runs. Only Python (3.11 to 3.13) and make have to be there.
PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13,$(if $(shell command -v $(name)),$(name))) python3)
BIN := .venv/bin
STAMP := .venv/installed
export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false
# Bytecode is kept, whatever the environment says: without it each process compiles anew all that it imports.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: install demo test test-system test-all fuzz bench bench-quick docs check format pins clean
.DELETE_ON_ERROR:

install: $(STAMP)

# uv is six times faster than pip; where pip cannot find it, pip does the work itself.
$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	@if $(BIN)/python -m pip install --quiet uv; then \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[dev]'; \
	else \
	  $(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'; \
	fi
	@touch $@

# Two simulated nights, one with fringes and one with a fence's comb, through everything; the commands are the user's own.
demo: install
	rm -rf demo && mkdir demo
	$(BIN)/iar simulate --first-night 2014-01-10 --nights 2 --seed 31 --out demo/hours
	$(BIN)/iar ingest demo/hours --archive demo/archive
	$(BIN)/iar coverage --archive demo/archive
	$(BIN)/iar process --archive demo/archive --first-night 2014-01-10 --last-night 2014-01-11
	$(BIN)/iar export --archive demo/archive --first-night 2014-01-10 --last-night 2014-01-11 --out demo/fringes.csv
	@echo 'its first lines with a spacing:'
	@awk -F, 'NR == 1 || $$4 != "" { print; if (++n == 6) exit }' demo/fringes.csv
	$(BIN)/iar plot --archive demo/archive --night 2014-01-10 --out demo/2014-01-10.png
	$(BIN)/iar plot --archive demo/archive --night 2014-01-11 --out demo/2014-01-11.png
	$(BIN)/iar report --archive demo/archive --first-night 2014-01-10 --last-night 2014-01-11 --out demo/report.html
	@echo 'look at $(CURDIR)/demo/report.html'

# What needs no server, no process of its own and no training, and a dozen tests of the system; then the rest of the system.
# Which is which, tests/tiers.py decides by what a test asks for.
PYTEST := $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile
test: install
	$(PYTEST) -m 'not slow and (smoke or not system)'

test-system: install
	$(PYTEST) -m 'not slow and system and not smoke'

test-all: install
	$(PYTEST) -m ''

# Seconds of each target: `make fuzz FUZZ_S=300`. What breaks one lies in build/fuzz afterwards, and is named at the end.
FUZZ_S ?= 60
fuzz: install
	@$(BIN)/python -c 'import atheris' 2>/dev/null || if [ -x $(BIN)/uv ]; then \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[fuzz]'; \
	else \
	  $(BIN)/python -m pip install --quiet -c constraints.txt -e '.[fuzz]'; \
	fi
	$(BIN)/python -m tests.fuzz --list | while read -r name; do $(BIN)/python -m tests.fuzz $$name $(FUZZ_S) </dev/null || exit 1; done

bench: install
	$(BIN)/python -m benchmarks

bench-quick: install
	$(BIN)/python -m benchmarks --quick

# The pages of docs/ as a site, in build/docs: open index.html. It needs no network, to be built or to be read.
docs: install
	$(BIN)/python -m sphinx --builder html --fresh-env --write-all --fail-on-warning --nitpicky --keep-going --quiet docs build/docs

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

# The pins of a reproducible install. No index address: the file must read the same wherever it was made.
pins: install
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra fuzz --universal --python-version 3.11 \
	  --no-header --no-annotate --no-emit-index-url --upgrade --quiet -o constraints.txt

clean:
	rm -rf .venv demo build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
