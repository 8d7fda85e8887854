"""The run folder: write and read its record and its tables.

May import `compare.workloads` and everything below it. `words`, `record` and `rows` do
not import pandas, so that commands which only list or plan stay fast.

Public names:
    `words`: the closed sets of words that a run stores, as enumerations.
    `record`: the contents of ``run.json``.
    `rows`: one row type per table; names, types and order of its columns follow.
    `ranges`: the allowed values of a request, the same for suites and ``run.json``.
    `tables`: reading and writing tables as DataFrames.
    `store`: storing rows so that a run can be killed and resumed.
    `lock`: one process at a time per run folder.
    `folder`: creating and loading a run folder.
    `progress`: the progress display of a long run.
"""
