# Two commands to know: `make run` and `make test`. Both do all set-up themselves.
PYTHON ?= python3
VENV   ?= .venv
SITE   ?= build/site
BIN    := $(CURDIR)/$(VENV)/bin

# The environment alone decides; Flask must not copy a .env file into it.
export FLASK_SKIP_DOTENV = 1

.PHONY: help setup run test test-long chaos attack soak bench bench-quick check format docs reference lock screenshots assets db-revision db-upgrade db-upgrade-sql dcompose-start dcompose-restart clean

help:             ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*##' '{ printf "%-18s%s\n", $$1, $$2 }'

setup: $(VENV)/dev  ## make the environment with everything, for work on Carboy

run: $(VENV)/run  ## run the starter application; HOST and PORT say where
	@$(MAKE) --no-print-directory -C starter run BIN=$(BIN)

test: $(VENV)/dev  ## the tests, in a few minutes (pytest options in ARGS)
	$(BIN)/pytest -n 2 -m "not long" $(ARGS)

chaos: $(VENV)/dev  ## what becomes of jobs, and of all else, when everything fails; SCENARIO=, DATABASE= and ENGINE= choose some
	$(BIN)/pytest -n 2 tests/chaos -k "test_what_was_accepted $(foreach word,$(SCENARIO) $(DATABASE) $(ENGINE),and $(word))" $(ARGS)
	$(if $(SCENARIO)$(DATABASE)$(ENGINE),,SIEGE_TABLES=docs/reference/siege $(BIN)/pytest -m long tests/siege/test_faults.py $(ARGS))

attack: $(VENV)/dev  ## throw everything at the starter as it is deployed, and write down what came of it; half an hour
	SIEGE=whole SIEGE_TABLES=docs/reference/siege $(BIN)/pytest -m long tests/siege/test_attacks.py tests/siege/test_laws_from_outside.py \
		tests/siege/test_parsers.py tests/siege/test_noticing.py $(ARGS)

soak: $(VENV)/dev  ## mixed traffic for half an hour, and whether anything grows; SOAK_SECONDS says how long
	SOAK_SECONDS=$(or $(SOAK_SECONDS),1800) SIEGE_TABLES=docs/reference/siege $(BIN)/pytest -m long tests/siege/test_soak.py $(ARGS)

test-long: $(VENV)/dev  ## the tests that take longer
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder -m long $(ARGS)

bench: $(VENV)/dev  ## the starter beside its peers, and the page about it; takes an hour
	$(BIN)/python -m bench.versus --databases sqlite postgresql --keep bench/results $(ARGS)
	for threads in 1 2; do $(BIN)/python -m bench.versus --threads $$threads --keep bench/results \
		--stacks floor carboy floor-granian carboy-granian --works "GET todo" "LIST 50 foss" || exit 1; done
	$(BIN)/python -m bench.versus --quick --keep bench/results
	$(BIN)/python -m bench.growth bench/results/growth.md
	$(BIN)/python -m bench.start 15 bench/results/start.md
	$(BIN)/python -m bench.sockets 500 bench/results/live.md
	$(BIN)/python -m bench.versus.page

bench-quick: $(VENV)/dev  ## whether the starter has become slower than it was, in three minutes
	$(BIN)/python -m bench.versus --quick --gate bench/results/quick.json $(ARGS)

check: $(VENV)/dev  ## format, lint, types, walls, migrations, documents: one list for laptop and CI
	BIN=$(BIN) tools/check

format: $(VENV)/dev  ## put the code into shape
	$(BIN)/ruff check --fix-only . && $(BIN)/ruff format .

docs: $(VENV)/dev  ## build the documents into build/site; python -m http.server -d build/site shows them
	$(BIN)/python -m sphinx -q -E -W -n --keep-going -j auto -c docs -d $(SITE).doctrees . $(SITE)

reference: $(VENV)/dev  ## write the pages of docs/reference that are made from the code again
	$(BIN)/python -m tools.reference

lock: $(VENV)/dev  ## write the hashed requirement files again
	PATH=$(BIN):$$PATH && starter/tools/lock && cd starter && tools/lock -c ../requirements-dev.txt

screenshots: $(VENV)/dev  ## take the pictures of docs/images again
	$(BIN)/python tools/showcase.py

assets: $(VENV)/run  ## fetch the browser assets from npm again
	$(BIN)/python tools/vendor_assets.py

db-revision db-upgrade db-upgrade-sql dcompose-start dcompose-restart: $(VENV)/run
	@$(MAKE) --no-print-directory -C starter $@ BIN=$(BIN)

clean:            ## forget the environment and every cache
	rm -rf .venv* build .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/run: requirements.txt pyproject.toml starter/pyproject.toml
	starter/tools/install $(PYTHON) $(VENV) requirements.txt -e . -e starter && touch $@

$(VENV)/dev: requirements-dev.txt $(VENV)/run
	starter/tools/install $(PYTHON) $(VENV) requirements-dev.txt -e . -e starter && touch $@
