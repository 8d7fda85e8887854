"""Comparing finished runs: two runs with each other, or all runs of a folder.

May import: `compare.results` and the layers below it. Does not import `compare.report`,
which renders what this package finds, nor `compare.pytest_benchmark`.

Public names:
    `diff.compare_runs`: what changed from one run to another, as a `Diff`.
    `history.read_history`: the runs of a folder in comparable groups, as a `History`.
    `identity.find_differing_facts`: the facts that must be equal in comparable runs.
"""
