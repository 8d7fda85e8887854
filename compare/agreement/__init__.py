"""Numerical agreement: compare what each variant computes with its reference.

May import `compare.workers` and everything below it. Does not import `compare.timing`.

- `session_reference`: the expected results of a workload without a NumPy reference.
- `examine`: run every check on a session in a worker.
- `training`: check the last step of a training, and the validation after it.
- `judge`: the verdict on each tensor.
- `locate`: the first tensor that differs, and its likely cause.
- `causes`: mistakes that are tried as explanations of a difference.
- `precision`: the precision in which 16-bit operations accumulate.
- `parity`: compare the spellings of quirks between frameworks.
"""
