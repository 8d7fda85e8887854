"""Consecutive steps of a workload's NumPy reference in float64."""

from __future__ import annotations

from itertools import islice

from compare import workloads


def run_reference(workload, *, steps):
    """Return the reference's snapshots of consecutive steps."""
    parameters, found = workload.parameters("float64"), []
    for batch in islice(workloads.stream(workload, dtype="float64"), steps):
        found.append(workload.reference(parameters, batch))
        parameters = found[-1].parameters
    return found
