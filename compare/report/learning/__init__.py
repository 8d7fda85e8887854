"""Learning curves of a run: loss and validation accuracy per epoch.

May import: `compare.results` and the layers below it. Only `chart` imports Altair.

Public names:
    `divergence.describe_divergences`: sentences on losses that are not finite.
    `tables.select_learning`: the rows of a workload.
    `tables.tabulate_curves`, `tables.tabulate_spreads`: the tables.
    `chart.learning_chart`: the curves, and their differences from the baseline.
"""
