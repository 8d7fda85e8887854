"""Planted breaks of PyTorch are found with their line and cause."""

from compare.contract import BreakCause, BreakKind
from tests.benchmarks.planted_breaks import collect_rows
from tests.support.resized_steps import find_in_process

NAMES = ("item", "branch", "counter", "printed")


def test_planted_breaks_are_found_with_their_line_and_cause_and_no_others():
    rows = collect_rows("torch", *NAMES)
    assert len(rows) == len(NAMES)
    assert [r["name"] for r in rows if not r["has_cause"] or r["others"]] == []


def test_another_size_of_batch_is_a_recapture_at_the_first_line_of_the_model():
    found = find_in_process("torch/item")
    (again,) = [each for each in found if each["kind"] == BreakKind.RETRACE]
    assert (again["cause"], again["line"]) == (BreakCause.SHAPE, 14)
    assert "expected 4, actual 2" in again["argument"]
