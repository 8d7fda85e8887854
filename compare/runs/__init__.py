"""The run folder: its record, its tables, and reading both back.

May import: workloads and everything below it. Imports no pandas until a table is read.

Public names:
    `words`: the closed sets of words that a run stores, as enumerations.
    `record`: the contents of ``run.json``.
    `rows`: one row type per table; names, types and order of its columns follow.
    `tables`: reading and writing tables as DataFrames.
    `folder`: creating, saving, resuming and loading a run folder.
    `progress`: the progress display of a long run.
"""
