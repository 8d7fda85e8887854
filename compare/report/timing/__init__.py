"""Step times, start costs, break-even and profiles of a run: tables, sentences, charts.

May import: `compare.results`, `compare.render` and everything below them, and the types
of sections and figures in `compare.report.run`.

Modules: `verdict_tables`, `cost_tables` and `profile_tables` build tables; `sentences`
answers the questions of the first screen; `break_even` words every break-even;
`figures` puts `ratio_chart`, `break_even_chart` and `bar_charts` into a report.
"""
