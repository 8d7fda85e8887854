"""The run folder: write and read its record and its tables.

May import `compare.workloads` and everything below it. `words`, `record` and `rows` do
not import pandas, so that commands which only list or plan stay fast.

Public names:
    `words`: the closed sets of words that a run stores, as enumerations.
    `record`: the contents of ``run.json``.
    `rows`: one row type per table; names, types and order of its columns follow.
    `tables`: reading and writing tables as DataFrames.
    `folder`: creating, saving, resuming and loading a run folder.
    `progress`: the progress display of a long run.
"""
