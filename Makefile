# Two commands matter: `make demo` shows what Yett does, `make test` proves it. Both set up .venv themselves.

VENV := .venv/bin
# Two workers: most tests wait for loopback, and the smallest CI machine has two cores.
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo test test-registry real conformance chaos soak attack fuzz bench instructions opcodes lint format docs lock clean venv

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s%s\n", $$1, $$2 }' Makefile

demo: venv ## Walk a client through the gateway and print what happened (KEEP=1: leave it running)
	@$(VENV)/python examples/demo.py $(if $(KEEP),--keep)

test: venv ## Run the tests (ARGS='-k name' passes options to pytest)
	@$(VENV)/python -m pytest -q -n $(WORKERS) -m 'not registry' $(ARGS)

test-registry: venv ## Run the tests with other SDKs and published MCP servers, which it fetches
	@sh scripts/real.sh
	@$(VENV)/python -m pytest -q -m registry $(ARGS)

real: venv ## Run the clients and servers of every SDK through the gateway (fetches them at the first run)
	@sh scripts/real.sh
	@$(VENV)/python -m pytest -q -n $(WORKERS) tests/real $(ARGS)

conformance: venv ## Run the official MCP conformance suite with and without the gateway (QUICK=1: a shorter form)
	@$(VENV)/python tests/conformance/parity.py $(if $(QUICK),--quick)

chaos: venv ## Break things under load and check that nothing is lost (CHAOS=short: a minute of it)
	@$(VENV)/python tests/chaos/run.py $(if $(filter short,$(CHAOS)),--short,--write docs/reference/chaos-results.md) $(ARGS)

soak: venv ## Load a gateway with everything at once for MINUTES=60, and see whether anything of it grows
	@$(VENV)/python tests/soak/run.py $(or $(MINUTES),60) --write docs/reference/soak-results.md $(ARGS)

attack: venv ## Throw every case of the threat catalogue at running gateways (GROUP=HJ: these only, QUICK=1: shorter)
	@PYTHONPATH=tests/attack $(VENV)/python -m siege --write $(if $(GROUP),--group $(GROUP)) $(if $(QUICK),--short)

fuzz: venv ## Fuzz everything that reads strangers' bytes, for MINUTES=5 in all (TARGET=json: one of them)
	@MINUTES='$(MINUTES)' TARGET='$(TARGET)' sh scripts/fuzz.sh

bench: venv ## Measure the gateway beside nginx and write bench/RESULTS.md (needs nginx and wrk; QUICK=1: coarse, writes nothing)
	@$(VENV)/python bench/run.py $(if $(QUICK),--quick) $(ARGS); status=$$?; \
	$(VENV)/python scripts/generate_readme.py --write && exit $$status

instructions: venv ## Count the instructions that a call costs (needs nginx and valgrind; ARGS='--lanes 32 --reply 1000000')
	@$(VENV)/python bench/instructions.py $(ARGS)

opcodes: venv ## Count the bytecode instructions that a call costs, by function (needs nginx; ARGS='--top 20')
	@$(VENV)/python bench/opcodes.py $(ARGS)

lint: venv ## Check style, types, floors, the mirror of the tests, and the docs
	@$(VENV)/python scripts/lint.py

format: venv ## Format the code and fix what can be fixed safely
	@$(VENV)/ruff format --quiet .
	@$(VENV)/ruff check --quiet --fix .

docs: venv ## Write the generated pages of docs/ anew
	@$(VENV)/python scripts/lint.py --write

lock: ## Write requirements/*.lock from pyproject.toml (needs uv; UPGRADE=1 takes newer versions)
	@sh scripts/lock.sh $(if $(UPGRADE),--upgrade)

clean: ## Remove .venv, caches and everything built
	@rm -rf .venv .fuzz .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .real build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

venv:
	@PYTHON='$(PYTHON)' sh scripts/bootstrap.sh $(firstword $(MAKECMDGOALS))
