"""What every variant should compute: NumPy references and the bounds of their errors.

May import `compare.runs`, `compare.workloads` and lower layers. Workers import it, too:
the reference of a user's folder runs there.

- `evaluation`: the ways of evaluating a reference: exactly, with rounding errors, in a
  dtype.
- `expectation`: the reference results of a workload, and their tolerances.
- `moved`: how much of each parameter an update moves, in 16-bit formats.
"""
