"""Read and write the JSON files of pytest-benchmark.

- `reading.read_benchmarks` returns a file as a `benchmarks.BenchmarkFile`. Files of
  any project can be read; files that graph-compare wrote contain more facts.
- `table.write_folder` writes ``benchmarks.csv``, one row per benchmark.
- `writing.export_run` writes the step times of a run as a pytest-benchmark file.

May import `compare.results` and the layers below it. Does not import
`compare.history` or `compare.report`.
"""
