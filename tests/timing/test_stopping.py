"""When a run has measured enough."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
import pytest

from compare.runs.record import WorkloadRequest
from compare.timing import stopping


@dataclass(kw_only=True)
class RequestPart:
    """The fields of a request that stopping uses."""

    launches: int = 32
    precision: float | None = None
    budget_s: float | None = None
    workloads: list[WorkloadRequest] = field(
        default_factory=lambda: [
            WorkloadRequest(label=label, name="two_layer") for label in ("a", "b")
        ]
    )


@dataclass(kw_only=True)
class RecordPart:
    """The fields of a record that stopping uses."""

    request: RequestPart
    launches_done: dict[str, int]
    launching_s: dict[str, float]


def ratios(half: float) -> pd.DataFrame:
    """Return log ratios of four launches of a baseline and a variant."""
    apart = [0.1 - half, 0.1 + half, 0.1 - half, 0.1 + half]
    return pd.DataFrame({"torch/eager": [0.0] * 4, "tf/eager": apart})


def test_without_a_precision_there_is_no_interim_look_and_alpha_is_5_percent():
    assert stopping.interim_looks(RequestPart()) == ()
    assert stopping.alpha_per_look(RequestPart()) == 0.05


def test_alpha_is_divided_among_the_interim_looks():
    request = RequestPart(precision=0.01, launches=8)
    assert stopping.interim_looks(request) == (3, 4, 6, 8)
    assert stopping.alpha_per_look(request) == pytest.approx(0.05 / 4)


@pytest.mark.parametrize(("half", "expected"), [(0.001, True), (0.02, False)])
def test_a_run_is_precise_enough_if_every_interval_is_narrow_enough(half, expected):
    request = RequestPart(precision=0.01)
    assert stopping.is_precise_enough(ratios(half), request=request) is expected


def test_a_variant_without_ratios_is_never_precise_enough():
    lost = ratios(0.001).assign(**{"tf/xla": float("nan")})
    assert not stopping.is_precise_enough(lost, request=RequestPart(precision=0.01))


def can_afford(label, *, budget_s, done, spent, reserved_s=0.0):
    record = RecordPart(
        request=RequestPart(budget_s=budget_s), launches_done=done, launching_s=spent
    )
    return stopping.can_afford_launch(record, label=label, reserved_s=reserved_s)


def test_the_first_launch_is_always_made():
    assert can_afford("a", budget_s=0.1, done={}, spent={})


def test_a_launch_starts_only_if_it_fits_into_the_budget_of_all_workloads():
    done, spent = {"a": 4, "b": 3}, {"a": 40.0, "b": 15.0}
    assert can_afford("a", budget_s=65, done=done, spent=spent)
    assert not can_afford("a", budget_s=64, done=done, spent=spent)
    assert can_afford("b", budget_s=60, done=done, spent=spent)
    assert not can_afford("b", budget_s=59, done=done, spent=spent)


def test_time_is_reserved_for_what_follows_the_launches():
    done, spent = {"a": 4}, {"a": 40.0}
    assert can_afford("a", budget_s=80, done=done, spent=spent, reserved_s=30)
    assert not can_afford("a", budget_s=79, done=done, spent=spent, reserved_s=30)


def test_the_widest_interval_is_the_one_of_the_least_precise_variant():
    request = RequestPart(precision=0.01)
    both = ratios(0.001).assign(wide=ratios(0.02)["tf/eager"])
    widest = stopping.widest_half(both, request=request)
    assert widest == stopping.widest_half(both[["wide"]], request=request) > 0.02
    unknown = both.assign(lost=float("nan"))
    assert stopping.widest_half(unknown, request=request) == float("inf")
