"""Every workload in every mode of one framework, timed by pytest-benchmark.

The sessions are those of a run; the design is not: one mode after another, in one
process. ``graph-compare report`` reads what comes of it, and says what that costs.
"""

from __future__ import annotations

import pytest

from compare.agreement import judge
from compare.frameworks import find_variant
from compare.pipeline import plan
from compare.pytest_benchmark.document import NOT_CHECKED, CellFacts
from compare.timing.launching import LEAD_IN_STEPS, WARM_UP_STEPS
from compare.workers import messages

DEVICE, DTYPE = "cpu", "float32"
WARM_UP_S = 0.5  # pytest-benchmark has no warm-up on CPython


@pytest.fixture
def session(host, staged, label, variant):
    """The session of a workload in a mode, in steady state."""
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
    """One training step, waited for; then whether it is the reference's."""
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
        captures=plan.captures(mode.family, measured=described.captures),
        **judged(session, expected=staged[label].expected),
    )
    benchmark.extra_info.update(facts.told())


def judged(session, *, expected):
    """Whether the first step is the reference's, within rounding."""
    if expected is None:
        return {"agreement": NOT_CHECKED}
    path = expected.state.with_name("received.npz")
    taken = messages.TakeSnapshot(
        state=str(expected.state), step=expected.step, save_to=str(path)
    )
    session.handle(taken)
    received = judge.saved(path)
    findings = judge.judge(received, expected=expected, dtype=DTYPE)
    verdict = judge.AGREES if judge.agrees(findings) else judge.DISAGREES
    return {
        "agreement": verdict,
        "difference": judge.first_difference(findings),
    }
