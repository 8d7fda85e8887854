"""Folders in the form of a workload, which ``graph-compare new`` writes.

May import `compare.pipeline` and lower layers.

Public names:
    `copying.write_copy`: a copy of a built-in workload without this toolkit's modules.
    `wrapping.write_wrapper`: a workload around an existing model.
"""
