"""The terminal output of ``graph-compare diff``.

May import: `compare.history` and the layers below it, and other packages of
`compare.report`.

Public names:
    `console.print_diff`: print what changed between two runs.
    `sentences`, `tables`: its parts.
"""
