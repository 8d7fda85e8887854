"""Steady-state timing: launches, rounds and blocks, and the tables computed from them.

The package starts workers (`compare.workers`) and uses `compare.runs`, `compare.stats`
and `compare.numerics`. It does not import `compare.agreement`.

- `launching`: start the workers of a launch and measure its rounds.
- `checking`: repeat one block of each variant step by step.
- `order`: the order of variants in each round.
- `voiding`: which blocks do not count, and why.
- `disturbance`: which launches ran while something else used the machine.
- `stopping`: when a run has measured enough.
- `limits`: the highest rates of arithmetic and memory of this machine.
- `step_times`: the samples of a run by round and variant.
- `cost`: how much the time of a start varies.
- `launch_figures`: the figures of each cell in each launch.
- `tables`: ``timing.csv`` and ``ranking.csv``.
"""
