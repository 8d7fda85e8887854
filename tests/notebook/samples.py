"""Comparisons that nothing had to be run for."""

from __future__ import annotations

from compare.notebook.facts import (
    ComparedDtype,
    ComparedTensor,
    ComparedTimes,
    ComparisonFacts,
    InspectedCaptures,
    PlacedBreak,
)
from compare.runs.words import Verdict
from compare.stats.estimates import TimingVerdict

EQUAL = ComparedTensor(
    quantity="output", verdict=Verdict.AGREES, difference=0.0, share=0.0, elements=3
)
WRONG = ComparedTensor(
    quantity="gradient of weight",
    verdict=Verdict.DISAGREES,
    difference=0.25,
    tolerance=1e-15,
    share=2.5e14,
    index=(1, 2),
    a=0.5,
    b=0.75,
    differing=2,
    elements=6,
)
ROUNDED = ComparedTensor(
    quantity="gradient of bias",
    verdict=Verdict.AGREES,
    difference=1e-8,
    tolerance=1e-7,
    share=0.1,
    elements=3,
)
OTHER_SHAPE = ComparedTensor(
    quantity="output aux", verdict=Verdict.DISAGREES, reason="shape (3,) in a, () in b"
)
BREAK = PlacedBreak(
    kind="graph break",
    reason="a branch depends on <b>a value</b>",
    place="line 4 of the cell",
    hint="use torch.where",
)
TIMES = ComparedTimes(
    verdict=TimingVerdict.FASTER,
    ratio=0.5,
    low=0.48,
    high=0.52,
    control=1.0,
    control_low=0.99,
    control_high=1.01,
)
NOT_TIMED = ComparedTimes(not_run="the time budget is 0 seconds")


def make_comparison(*tensors, times=TIMES, **changes):
    """Return a comparison of these tensors in float64."""
    wrong = any(each.verdict is Verdict.DISAGREES for each in tensors)
    facts = {
        "a": "one",
        "b": "other",
        "verdict": Verdict.DISAGREES if wrong else Verdict.AGREES,
        "checks": (
            ComparedDtype(dtype="float64", tensors=tensors),
            ComparedDtype(dtype="float32", not_run="no float32"),
        ),
        "captures": (InspectedCaptures(name="other", breaks=(BREAK,)),),
        "times": times,
    }
    return ComparisonFacts(**{**facts, **changes})
