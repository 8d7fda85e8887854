"""Execute one run: from a request to a finished run folder.

May import `compare.agreement`, `compare.timing`, `compare.workers` and lower layers.

- `request`, `amounts`, `suites`: from command-line options and a suite to a request.
- `plan`: the cells of a request, and which of them cannot run.
- `run`: all stages of a run, in order; `estimate`: how long they take.
- `agree`, `repeat`: the agreement stage and its repeatability checks.
- `launches`: which launch is next, with which cells; `cold_starts`: what follows them.
- `live`, `interim`: what is shown and written while the run goes on.
- `capture`: whether a mode captured and compiled what it declares.
- `timed`: whether timed steps compute what checked steps compute.
- `reuse`, `result_key`, `result_cache`: results of earlier runs that did not change.
- `compile_cache`, `retry`: compiled code that runs share, and cells that it made fail.
- `profile`: the profiling stage.
- `finish`: the timing tables, and the finished run as one object.
- `context`: the state that the stages share.
"""
