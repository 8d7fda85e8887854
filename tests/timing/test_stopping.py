"""When a run has measured enough."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
import pytest

from compare.runs.results import WorkloadRequest
from compare.timing import stopping


@dataclass(kw_only=True)
class Asked:
    """The part of a request that stopping looks at."""

    launches: int = 32
    precision: float | None = None
    budget_s: float | None = None
    workloads: list[WorkloadRequest] = field(
        default_factory=lambda: [
            WorkloadRequest(label=label, name="two_layer") for label in ("a", "b")
        ]
    )


@dataclass(kw_only=True)
class Done:
    """The part of a record that stopping looks at."""

    request: Asked
    launches_done: dict[str, int]
    launching_s: dict[str, float]


def ratios(half: float) -> pd.DataFrame:
    """Four launches of a baseline and a variant."""
    apart = [0.1 - half, 0.1 + half, 0.1 - half, 0.1 + half]
    return pd.DataFrame({"torch/eager": [0.0] * 4, "tf/eager": apart})


def test_without_a_precision_nobody_looks_and_nothing_is_paid_for_it():
    assert stopping.interim_looks(Asked()) == ()
    assert stopping.alpha_per_look(Asked()) == 0.05


def test_every_look_takes_its_share_of_the_chance_of_error():
    asked = Asked(precision=0.01, launches=8)
    assert stopping.interim_looks(asked) == (3, 4, 6, 8)
    assert stopping.alpha_per_look(asked) == pytest.approx(0.05 / 4)


@pytest.mark.parametrize(("half", "expected"), [(0.001, True), (0.02, False)])
def test_a_run_has_enough_when_every_interval_is_as_narrow_as_asked(half, expected):
    asked = Asked(precision=0.01)
    assert stopping.is_precise_enough(ratios(half), request=asked) is expected


def test_a_variant_that_was_lost_is_never_known_well_enough():
    lost = ratios(0.001).assign(**{"tf/xla": float("nan")})
    assert not stopping.is_precise_enough(lost, request=Asked(precision=0.01))


def affordable(label: str, *, budget_s: float, done, spent) -> bool:
    record = Done(
        request=Asked(budget_s=budget_s), launches_done=done, launching_s=spent
    )
    return stopping.can_afford_launch(record, label=label)


def test_the_first_launch_is_always_made():
    assert affordable("a", budget_s=0.1, done={}, spent={})


def test_a_launch_begins_only_if_it_will_end_within_the_workload_s_share():
    done, spent = {"a": 4}, {"a": 40.0}
    assert affordable("a", budget_s=100, done=done, spent=spent)
    assert not affordable("a", budget_s=98, done=done, spent=spent)


def test_what_one_workload_leaves_over_goes_to_the_next():
    done, spent = {"a": 4, "b": 4}, {"a": 20.0, "b": 40.0}
    assert affordable("b", budget_s=70, done=done, spent=spent)
    assert not affordable("b", budget_s=69, done=done, spent=spent)
