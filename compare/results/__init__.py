"""The joined view of a finished run: everything stored about each cell, cell by cell.

May import: `compare.pipeline` and the layers below it, in particular `compare.runs`.
Does not import `compare.report`, `compare.history` or `compare.pytest_benchmark`, which
read this view.

Public names:
    `joining.group_cells`: the cells of a run, grouped by workload, device and dtype.
    `cells`: `CellGroup`, `CellResult` and `CellLabel`; `join_labels` names cells.
    `findings`: `Agreement`, `Difference` and `WorstError` of one cell.
    `agreement_words.describe_agreement`: the verdict on a cell's agreement in words.
    `notes`: remarks on a cell's timing in words.
"""
