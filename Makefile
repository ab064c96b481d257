# Every target sets up what it needs; only make and Python >= 3.11 with venv are required.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo "$$p" && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.requirements
SBOM := build/sbom.json

LOCK = $(BIN)/python -m uv pip compile -q --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-header --no-annotate

override ARGS := $(value ARGS)
export ARGS
export PYTHONPATH := lambdas:.
export PYTHONDONTWRITEBYTECODE := 1

.DEFAULT_GOAL := help
.PHONY: help demo gallery quick test faults mutants lint synth bench bootstrap deploy \
	subscribe preview doctor status replay sandbox sbom lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(STAMP) ## Play a story on this machine and draw build/demo.html
	@$(BIN)/python -m demo

gallery: $(STAMP) ## Draw every kind of message as build/gallery.html, and as pictures with Chromium
	@$(BIN)/python -m demo.gallery

quick: $(STAMP) ## Judge a change of the core in seconds
	@$(BIN)/python -m pytest -n auto tests/unit tests/proof

test: $(STAMP) ## Run every test
	@SCHEDULES=1000 $(BIN)/python -m pytest -n auto --dist loadgroup

faults: $(STAMP) ## Prove the promises: 50,000 schedules, pairs of faults, and the crash matrix
	@$(BIN)/python -m proof

mutants: $(STAMP) ## Break what you changed everywhere, and print what no test notices, e.g. ARGS="--all"
	@$(BIN)/python -m toolchain.typed mutants

lint: $(STAMP) ## Check formatting, style and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

synth: $(STAMP) ## Write the CloudFormation template to cdk.out, checked by cdk-nag
	@CDK_OUTDIR=cdk.out $(BIN)/python -m toolchain.typed app

bootstrap: $(STAMP) ## Bootstrap your AWS account for CDK, once
	@$(BIN)/python -m toolchain.typed infra.deploy bootstrap

deploy: $(STAMP) ## Deploy to your AWS account, e.g. ARGS="-c catalog=Sandbox"
	@$(BIN)/python -m toolchain.typed infra.deploy

subscribe: $(STAMP) ## Subscribe again who is configured and no longer subscribed
	@$(BIN)/python -m toolchain.typed infra.deploy subscribe

preview: $(STAMP) ## Show what would be sent about your pending invitations; sends nothing
	@$(BIN)/python -m toolchain.typed cli preview

doctor: $(STAMP) ## Check all that the notifier needs, and say how to mend what is wrong
	@$(BIN)/python -m toolchain.typed cli doctor

status: $(STAMP) ## Say what is pending, what was told, and what is due next and why
	@$(BIN)/python -m toolchain.typed cli status

replay: $(STAMP) ## Make an alert due again, e.g. ARGS="engi-0123 --channel slack"
	@$(BIN)/python -m toolchain.typed cli replay

sandbox: $(STAMP) ## Make a first real invitation in the Sandbox catalog, and follow it
	@$(BIN)/python -m toolchain.typed cli sandbox

sbom: $(STAMP) ## List what ships in the function as build/sbom.json, in CycloneDX
	@mkdir -p $(dir $(SBOM))
	@$(BIN)/python -W ignore::UserWarning -m cyclonedx_py requirements lambdas/requirements.txt --pyproject pyproject.toml \
	  --mc-type application --output-reproducible -o $(SBOM)

bench: $(STAMP) ## Measure cold start, quiet run, calls, growth and the command line, as ratios
	@$(BIN)/python -m bench

lock: $(STAMP) ## Pin the newest versions of all requirements, with hashes
	@for name in lambdas/requirements requirements requirements-dev; do \
	  $(LOCK) "$$name.in" -o "$$name.txt" || exit 1; done
	@$(LOCK) --no-deps emulator/requirements.in -o emulator/requirements.txt
	@$(LOCK) --no-deps mutants/requirements.in -o mutants/requirements.txt

clean: ## Remove everything that was built or installed
	@rm -rf $(VENV) build cdk.out .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(STAMP): requirements-dev.txt
	@test -n "$(PYTHON)" || { echo "Python >= 3.11 with venv is needed (found: $$(python3 --version 2>&1)); set PYTHON=/path/to/python3.11" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python >= 3.11 is needed; $(PYTHON) is $$("$(PYTHON)" --version 2>&1)" >&2; exit 1; }
	@test ! -L $(VENV) || { echo "$(VENV) is a symbolic link to $$(readlink $(VENV)), which may serve another checkout; remove it" >&2; exit 1; }
	@echo "Installing the pinned requirements into $(VENV) ..." >&2
	@"$(PYTHON)" -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
