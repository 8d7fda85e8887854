"""Judge a session of replicas as a run does, with defects planted or not."""

from __future__ import annotations

import tempfile
from pathlib import Path

from compare.agreement import examine
from compare.reference.expectation import expectations
from compare.runs.words import Inputs
from compare.workloads.mlp import Mlp
from tests.support.in_process import InProcessWorker

STEPS = 6  # of the trajectory
PROBE = Mlp().probe()  # its last batch is uneven, and 7 samples are odd


def expect(workload=PROBE):
    """Return the results of one process on whole batches."""
    folder = Path(tempfile.mkdtemp())
    return expectations(
        workload, dtype="float64", steps=STEPS, folder=folder, inputs=Inputs.PROBE
    )


def list_disagreements(session, expected, *, workload=PROBE):
    """Return the quantities that disagree, by check and step."""
    session.workload, session.dtype = workload, "float64"
    examined = examine.examine_session(
        InProcessWorker(session),
        expected=expected,
        dtype="float64",
        folder=Path(tempfile.mkdtemp()),
    )
    return [
        f"{found.check} {found.step} {found.quantity}"
        for found in examined.findings
        if found.verdict == "disagrees"
    ]


def largest_difference(one, other):
    """Return the largest relative difference of two snapshots' gradients."""
    return max(
        abs(one.gradients[name] - other.gradients[name]).max()
        / abs(other.gradients[name]).max()
        for name in other.gradients
    )
