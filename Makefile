# `make report` and `make test` are all that a user needs; the rest is for developers.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: help report test check format bench breaks cost analysis rendering others forking loaded simulation soak planted targets mutation faults kills fuzz site sample clean

help:            ## list these targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/'

report: $(INSTALLED)   ## run the quick suite and write a report
	$(BIN)/graph-compare run

test: $(INSTALLED)     ## run the tests
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --benchmark-disable

check: $(INSTALLED)    ## format, lint, types, layers, wording: as CI and pre-commit do
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m tests.checks.wording

format: $(INSTALLED)   ## put the code into its format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(INSTALLED)    ## time every variant with pytest-benchmark
	$(BIN)/python tests/benchmarks/bench.py

breaks: $(INSTALLED)   ## count planted graph breaks that are found: two minutes
	$(BIN)/python -m tests.benchmarks.planted_breaks

cost: $(INSTALLED)     ## measure the overhead of the toolkit, against bare loops
	$(BIN)/python tests/benchmarks/harness_cost.py

analysis: $(INSTALLED) ## measure the cost of analysing a million samples
	$(BIN)/python -m tests.benchmarks.analysis_cost

rendering: $(INSTALLED) ## measure the cost of rendering a million compared tensors
	$(BIN)/python -m tests.benchmarks.rendering_cost

others: $(INSTALLED)   ## compare the estimate with other tools on this machine, quiet and busy: an hour and a half
	$(BIN)/python -m tests.benchmarks.against_others

forking: $(INSTALLED)  ## compare forked workers with new processes: eight minutes
	$(BIN)/python -m tests.benchmarks.forked_workers reports/forked_workers.csv

loaded: $(INSTALLED)   ## compare runs on a quiet and on a busy machine: 15 minutes
	$(BIN)/python -m tests.benchmarks.diff_under_load reports/diff_under_load.csv

simulation: $(INSTALLED) ## how often the estimator is right, by simulation: five minutes
	$(BIN)/python -m tests.benchmarks.simulation

soak: $(INSTALLED)     ## search for false alarms in 10,000 correct configurations: hours
	$(BIN)/python tests/soak/soak.py

planted: $(INSTALLED)  ## plant every defect in both frameworks: half an hour
	PLANTED=all EXAMPLES=all $(BIN)/python -m pytest tests/planted tests/pipeline/test_capture.py tests/workloads/test_examples.py tests/workloads/test_dynamic.py -q --benchmark-disable

targets: $(INSTALLED)  ## check planted defects and random models of users, with other tools too: an hour
	$(BIN)/python -m tests.benchmarks.planted_targets

faults: $(INSTALLED)   ## let system calls of a run fail, and resume it: two from each place, an hour
	$(BIN)/python -m tests.faults.nth_call

kills: $(INSTALLED)    ## kill 100 runs at random moments, and resume each: 25 minutes
	$(BIN)/python -m tests.faults.kills

fuzz: $(INSTALLED)     ## read a million damaged files with every reader: half an hour
	$(BIN)/python -m tests.faults.fuzz


mutation: $(INSTALLED) ## judge every mutant of the checked code: an hour on an idle machine
	$(BIN)/python -m tests.mutation --report reports/mutation

site: $(INSTALLED)     ## run every lesson and write the site to reports/site
	$(BIN)/graph-compare study --html reports/site

sample: $(INSTALLED)   ## repeat the committed sample run
	rm -rf reports/sample
	$(BIN)/graph-compare run --fresh --out reports/sample

clean:           ## remove the environment and every cache
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[all,dev]'
	touch $(INSTALLED)
