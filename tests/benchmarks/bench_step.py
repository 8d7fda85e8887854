"""Time every workload in every mode of one framework with pytest-benchmark.

The sessions are those of a run, but the design differs: the modes are timed one after
another in one process. ``graph-compare report`` reads the resulting file and reports
what this design cannot measure.
"""

from __future__ import annotations

import pytest

from compare.agreement import examine, judge
from compare.frameworks import find_variant
from compare.pipeline import plan
from compare.pytest_benchmark.document import AgreementVerdict, CellFacts
from compare.timing.launching import LEAD_IN_STEPS, WARM_UP_STEPS
from compare.workers import messages

DEVICE, DTYPE = "cpu", "float32"
WARM_UP_S = 0.5  # pytest-benchmark has no warm-up on CPython


@pytest.fixture
def session(host, staged, label, variant):
    """Return the session of a workload in a mode, in steady state."""
    workload = staged[label]
    prepare = messages.Prepare(
        workload=workload.name,
        config=workload.config,
        mode=find_variant(variant)[1].name,
        device=DEVICE,
        dtype=DTYPE,
    )
    if isinstance(answer := host.handle(prepare), messages.Unavailable):
        pytest.skip(answer.reason)
    host.handle(messages.FirstCall())
    host.handle(messages.WarmUp(steps=WARM_UP_STEPS, seconds=WARM_UP_S))
    return host


def test_training_step(benchmark, session, staged, label, variant):
    """Time one synchronised training step, then check that it agrees."""
    benchmark.group = label
    session.time_steps(LEAD_IN_STEPS)
    benchmark(session.time_steps, 1)
    _, mode = find_variant(variant)
    described = session.handle(messages.Describe())
    facts = CellFacts(
        workload=label,
        variant=variant,
        device=DEVICE,
        dtype=DTYPE,
        family=mode.family,
        captures=plan.describe_captures(mode.family, measured=described.captures),
        **check_agreement(session, expected=staged[label].expected),
    )
    benchmark.extra_info.update(facts.to_extra_info())


def check_agreement(session, *, expected):
    """Compare the first step with the reference, and return the result as facts."""
    if expected is None:
        return {"agreement": AgreementVerdict.NOT_CHECKED}
    path = expected.state.with_name("received.npz")
    taken = messages.TakeSnapshot(
        state=str(expected.state), step=expected.step, save_to=str(path)
    )
    session.handle(taken)
    received = examine.read_saved_arrays(path)
    findings = judge.judge(received, expected=expected, dtype=DTYPE)
    agrees = judge.agrees(findings)
    return {
        "agreement": AgreementVerdict.AGREES if agrees else AgreementVerdict.DISAGREES,
        "difference": judge.describe_first_difference(findings),
    }
