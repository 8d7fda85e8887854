"""Planted breaks of TensorFlow are found with their line and cause."""

from tests.benchmarks.planted_breaks import collect_rows

NAMES = ("boolean", "py_function_in_loop", "numpy_method", "new_variable")


def test_planted_breaks_are_found_with_their_line_and_cause_and_no_others():
    rows = collect_rows("tf", *NAMES)
    assert len(rows) == len(NAMES)
    assert [r["name"] for r in rows if not r["has_cause"] or r["others"]] == []
