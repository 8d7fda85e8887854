"""Estimates, confidence intervals, tests, change points and break-even points.

Pure functions of numbers, arrays and data frames. The package imports
`compare.contract` only: no run data, no process, no file.

- `estimates`: from log ratios to an interval, p values and a verdict.
- `paired`: from the rounds of a launch to one estimate.
- `change`: how far a figure changed between two runs.
- `change_points`: where a series of runs changed its level.
- `steady_state`: whether the step times of a session changed during a launch.
- `break_even`: after how many steps a graph has repaid its start.
"""
