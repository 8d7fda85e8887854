# `make report` and `make test` are all that a user needs; the rest is for developers.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
TEST_ALL := $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --benchmark-disable

.PHONY: help report dynamic fusion test long check format bench framework-faults nets dossier installations commits exports cost analysis rendering assertions others fixes breaks forking loaded simulation soak planted notebooks targets mutation faults kills fuzz schemas dist api site sample clean

help:            ## list these targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/'

report: $(INSTALLED)   ## run the quick suite and write a report; ARGS='--budget 3min' adds options
	$(BIN)/graph-compare run $(ARGS)

fusion: $(INSTALLED)   ## find where each mode is the fastest, by operations, layers and width: half an hour or more
	$(BIN)/graph-compare run --suite fusion

test: $(INSTALLED)     ## run the tests, except those that take long
	$(TEST_ALL)

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

framework-faults: $(INSTALLED) ## run the scripts of faults of the frameworks: two minutes
	$(BIN)/python -m tests.benchmarks.list_framework_faults reports/frameworks-faults.md

nets: $(INSTALLED)     ## check 2,000 random nets in every mode, export some, reduce those that disagree: an hour and a half
	$(BIN)/python -m tests.soak.nets
	$(BIN)/python -m tests.soak.net_exports

dossier: $(INSTALLED)  ## measure the classic sentences about graphs: about 20 minutes
	$(BIN)/graph-compare dossier

installations: $(INSTALLED) ## measure false positives and misses between two interpreters: 20 minutes on an idle machine
	$(BIN)/python -m tests.benchmarks.installations_twice reports/installations.csv

commits: $(INSTALLED)  ## plant commits in this repository and count what ci reports: an hour on an idle machine
	$(BIN)/python -m tests.benchmarks.planted_commits reports/commits.csv --same 20 --slower 10 --resample 320

exports: $(INSTALLED)  ## plant defects in exported models and count those that are found: three minutes
	$(BIN)/python -m tests.benchmarks.planted_exports reports/exports.csv

assertions: $(INSTALLED) ## compare 10,000 correct pairs and 1,500 mistakes with assert_agrees: an hour
	$(BIN)/python -m tests.benchmarks.assertions reports/assertions.csv | tee reports/assertions.txt

cost: $(INSTALLED)     ## measure the overhead of the toolkit, against bare loops
	$(BIN)/python tests/benchmarks/harness_cost.py

analysis: $(INSTALLED) ## measure the cost of analysing a million samples
	$(BIN)/python -m tests.benchmarks.analysis_cost

rendering: $(INSTALLED) ## measure the cost of rendering a million compared tensors
	$(BIN)/python -m tests.benchmarks.rendering_cost

others: $(INSTALLED)   ## compare the estimate with other tools on this machine, quiet and busy: an hour and a half
	$(BIN)/python -m tests.benchmarks.against_others

fixes: $(INSTALLED)     ## count planted graph breaks that are fixed, and check their order by price: an hour
	{ $(BIN)/python -m tests.benchmarks.break_fixes order --csv reports/fixes_order.csv; \
	$(BIN)/python -m tests.benchmarks.break_fixes planted --csv reports/fixes.csv; } > reports/fixes.txt

forking: $(INSTALLED)  ## compare forked workers with new processes: eight minutes
	$(BIN)/python -m tests.benchmarks.forked_workers reports/forked_workers.csv

loaded: $(INSTALLED)   ## compare runs on a quiet and on a busy machine: 15 minutes
	$(BIN)/python -m tests.benchmarks.diff_under_load reports/diff_under_load.csv

simulation: $(INSTALLED) ## how often the estimator is right, by simulation: five minutes
	$(BIN)/python -m tests.benchmarks.simulation

soak: $(INSTALLED)     ## search for false alarms in 10,000 correct configurations: hours
	$(BIN)/python tests/soak/soak.py

long: $(INSTALLED)     ## run all tests, with those that take long: two hours
	LONG=1 $(TEST_ALL) --timeout 3600

planted: $(INSTALLED)  ## plant every defect in both frameworks: half an hour
	LONG=1 $(BIN)/python -m pytest tests/planted tests/pipeline/test_capture.py tests/workloads/test_examples.py tests/workloads/test_dynamic.py -q --benchmark-disable

notebooks: $(INSTALLED) ## run the notebook of every lesson: five minutes
	LONG=1 $(BIN)/python -m pytest tests/study/test_notebook.py -q --benchmark-disable

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

# Each part can be run alone. A part goes on if an earlier one reports a problem, such
# as a mode that falls back to eager steps. Folders must not exist yet.
# Compilers take seconds or minutes for each shape, so the last part has short sequences.
COMPILED := -v torch/eager -v torch/compile -v tf/eager -v tf/function -v tf/xla
dynamic: $(INSTALLED)  ## the price of being static, as curves over 1 to 64 shapes or structures: 45 minutes
	-$(BIN)/graph-compare run rnn --suite dynamic --sweep lengths=1,4,16,64 --out reports/dynamic-rnn
	-$(BIN)/graph-compare run modular --suite dynamic --sweep programs=1,4,16,64 $(COMPILED) --out reports/dynamic-modular
	-$(BIN)/graph-compare run tree --suite dynamic --sweep structures=1,4,16,64 --out reports/dynamic-tree
	-$(BIN)/graph-compare run rnn --suite dynamic --set longest=8 --set units=4 --sweep lengths=1,2,4,8 $(COMPILED) --out reports/dynamic-compiled

schemas: $(INSTALLED)  ## write the schemas of the JSON documents to compare/schemas
	$(BIN)/python -m tests.checks.schemas

dist: $(INSTALLED)     ## build the sdist, the wheel and the release notes into dist, and check them
	$(BIN)/python -m tests.checks.distribution dist

api: $(INSTALLED)      ## write the pages of the Python interface to reports/api
	$(BIN)/python -m tests.checks.api_pages reports/api

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
