# Every target works in an environment made by `pip install -e ".[dev]"`.
PYTHON ?= python
.PHONY: check fast lint types imports test doctest fix bench bench-state bench-growth matrix screenshots browser-times operators

check: lint types imports test doctest   ## everything CI asks for

fast:                                    ## the tests of a coffee sip: under two minutes
	$(PYTHON) -m pytest -q -n auto -m "not slow and not browser"

lint:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

types:
	$(PYTHON) -m mypy

imports:
	$(PYTHON) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"

test:
	$(PYTHON) -m pytest -q -n auto

doctest:
	$(PYTHON) -m pytest -q --doctest-modules framework/candlewick

fix:
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

bench:                                   ## what the program costs beside its rivals (pip install -e ".[bench]")
	$(PYTHON) -m benchmarks

bench-state:                             ## what a change costs; DBT=path/to/dbt adds dbt-duckdb
	$(PYTHON) -m benchmarks.state --write --dbt $(or $(DBT),dbt)

bench-growth:                            ## what runs and appends cost as candles and symbols grow; SIZES="20x20000 ..."
	$(PYTHON) -m benchmarks.growth $(if $(SIZES),--sizes $(SIZES))

screenshots:                             ## the README's pictures, from the real thing
	$(PYTHON) tests/screenshots.py

browser-times:                           ## how long the browser takes to open, to answer and to draw
	$(PYTHON) tests/browser_times.py

matrix:                                  ## the oldest versions that are supported, of everything that is declared
	$(PYTHON) -m venv .venv-oldest
	.venv-oldest/bin/pip install -q uv
	.venv-oldest/bin/uv pip install -q --python .venv-oldest/bin/python --resolution lowest-direct -e .
	.venv-oldest/bin/uv pip install -q --python .venv-oldest/bin/python pytest pytest-xdist hypothesis pyarrow
	.venv-oldest/bin/python -m pytest -q -n auto -m "not browser" --ignore tests/ui --ignore tests/test_track.py

operators:                               ## the table of covered spellings, from the catalogue
	@{ echo "# Operators"; echo; echo "The pandas and numpy spellings that have a streaming form; \`wick operators\` lists them too. Classes: S stateless,"; \
	   echo "B bounded window, R recursive, - made of others. A file here holds one family; adding an operator touches that file only."; echo; \
	   $(PYTHON) -m candlewick operators --output markdown; } > framework/candlewick/operators/README.md
