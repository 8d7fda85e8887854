"""The facts of a comparison, as JSON, as a table, and as a verdict on times."""

from __future__ import annotations

import sys
from math import inf, nan

import msgspec
import pytest

from compare.contract import GraphBreak
from compare.documents.kinds import DOCUMENTS
from compare.errors import UsageError
from compare.notebook.facts import (
    AS_CONTROL,
    COMPARISON_VERSION,
    TOO_FEW,
    TOO_WIDE,
    UNSTEADY,
    ComparisonFacts,
    collect_captures,
    collect_comparison,
    collect_times,
)
from compare.notebook.result import FunctionComparison
from compare.runs.words import Verdict
from compare.stats.estimates import Interval, TimingVerdict
from compare.testing.agreement import compare_functions
from compare.testing.captures import FunctionCaptures
from compare.testing.pace import MIN_GROUPS, Pace, PaceComparison
from tests.notebook.samples import (
    EQUAL,
    NOT_TIMED,
    OTHER_SHAPE,
    ROUNDED,
    WRONG,
    make_comparison,
)
from tests.support.documents import read_valid


def interval(low, high):
    return Interval(estimate=(low + high) / 2, low=low, high=high)


STEADY = interval(0.99, 1.01)


@pytest.mark.parametrize(
    ("ratio", "control", "groups", "verdict", "reason"),
    [
        (interval(0.4, 0.5), STEADY, MIN_GROUPS, TimingVerdict.FASTER, ""),
        (interval(1.4, 1.5), STEADY, MIN_GROUPS, TimingVerdict.SLOWER, ""),
        (interval(0.995, 1.005), STEADY, 20, TimingVerdict.EQUIVALENT, ""),
        (interval(0.9, 1.1), STEADY, 20, TimingVerdict.CANNOT_TELL, TOO_WIDE),
        (interval(0.4, 0.5), STEADY, 4, TimingVerdict.CANNOT_TELL, TOO_FEW),
        (interval(nan, nan), STEADY, 20, TimingVerdict.CANNOT_TELL, TOO_FEW),
        (
            interval(0.4, 0.5),
            interval(1.1, 1.3),
            20,
            TimingVerdict.CANNOT_TELL,
            UNSTEADY,
        ),
        (
            interval(0.01, 0.11),
            interval(0.07, 15.5),
            20,
            TimingVerdict.CANNOT_TELL,
            AS_CONTROL,
        ),
    ],
)
def test_a_ratio_has_a_verdict_only_if_the_control_allows_it(
    ratio, control, groups, verdict, reason
):
    found = collect_times(
        PaceComparison(
            a="b",
            b="a",
            limit=1.0,
            ratio=ratio,
            control=control,
            verdict=Pace.CANNOT_TELL,
            groups=groups,
        )
    )
    assert (found.verdict, found.reason) == (verdict, reason)


def test_a_comparison_survives_json():
    facts = make_comparison(EQUAL, WRONG, OTHER_SHAPE)
    text = FunctionComparison(facts=facts).to_json()
    assert msgspec.json.decode(text, type=ComparisonFacts) == facts
    assert read_valid("comparison", text.encode())["verdict"] == "disagrees"


def test_the_comparison_and_its_schema_have_one_version():
    assert DOCUMENTS["comparison"].version == COMPARISON_VERSION


def test_values_that_are_not_finite_are_text_in_json():
    agreement = compare_functions([1.0, 2.0], [inf, nan])
    facts = collect_comparison(
        agreement, names=("one", "other"), captures=(), times=NOT_TIMED
    )
    first, second = facts.checks[-1].tensors
    assert (first.b, second.b) == ("infinity", "nan")
    assert first.difference is None
    assert facts.verdict is Verdict.DISAGREES


def test_a_place_is_a_line_of_a_file_or_of_a_cell():
    breaks = (
        GraphBreak(reason="in a file", file=__file__, line=3),
        GraphBreak(reason="in a cell", file="/tmp/ipykernel_1/2.py", line=4),  # noqa: S108
        GraphBreak(reason="unknown"),
    )
    found = collect_captures(
        FunctionCaptures(name="f", breaks=breaks, recaptures=()), name="f"
    )
    places = [each.place for each in found.breaks]
    assert places == ["test_facts.py:3", "line 4 of the cell", ""]


def test_the_frame_has_a_row_per_tensor():
    frame = FunctionComparison(facts=make_comparison(EQUAL, WRONG)).frame
    assert list(frame.dtype) == ["float64", "float64"]
    assert list(frame.verdict) == ["agrees", "disagrees"]
    assert frame.share[1] == WRONG.share


@pytest.mark.charts
def test_the_chart_shows_times_and_differences():
    chart = FunctionComparison(facts=make_comparison(EQUAL, WRONG, ROUNDED)).chart
    times, shares = chart.to_dict()["vconcat"]
    assert times["data"]["values"][0]["ratio"] == 0.5
    tensors = [row["tensor"] for row in shares["data"]["values"]]
    assert tensors == ["gradient of weight", "gradient of bias"]


def test_without_data_there_is_no_chart():
    pytest.importorskip("altair")
    with pytest.raises(UsageError, match="no time and no difference was measured"):
        _ = FunctionComparison(facts=make_comparison(EQUAL, times=NOT_TIMED)).chart


def test_without_altair_the_chart_states_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(UsageError, match=r"pip install 'graph-compare\[charts\]'"):
        _ = FunctionComparison(facts=make_comparison(WRONG)).chart
