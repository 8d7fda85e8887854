"""Execute one run: from a request to a finished run folder.

May import `compare.agreement`, `compare.timing`, `compare.workers` and lower layers.

- `request`, `amounts`, `suites`: from command-line options and a suite to a request.
- `plan`: the cells of a request, and which of them cannot run.
- `run`: all stages of a run, in order.
- `agree`, `repeat`: the agreement stage and its repeatability checks.
- `capture`: whether a mode captured and compiled what it declares.
- `timed`: whether timed steps compute what checked steps compute.
- `compile_cache`, `retry`: compiled code that runs share, and cells that it made fail.
- `profile`: the profiling stage.
- `finish`: the timing tables, and the finished run as one object.
- `context`: the state that the stages share.
"""
