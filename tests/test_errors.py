"""Errors read as sentences."""

from __future__ import annotations

import pytest

from compare.errors import listed, unknown


@pytest.mark.parametrize(
    ("names", "prose"), [("a", "a"), ("ab", "a or b"), ("abc", "a, b or c")]
)
def test_names_are_listed_as_prose(names, prose):
    assert listed(names) == prose


def test_an_unknown_name_is_told_with_what_was_expected_and_the_nearest():
    error = unknown("variant", "torch/eagr", expected=["torch/eager", "tf/eager"])
    assert str(error) == (
        "variant: expected torch/eager or tf/eager; "
        'received "torch/eagr" (did you mean torch/eager?)'
    )


def test_no_match_is_guessed_where_none_is_near():
    assert "did you mean" not in str(unknown("x", "zzzz", expected=["abc"]))
