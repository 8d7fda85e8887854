"""Errors read as sentences."""

from __future__ import annotations

import pytest

from compare.errors import unknown_name
from compare.wording import join_words


@pytest.mark.parametrize(
    ("names", "prose"), [("a", "a"), ("ab", "a or b"), ("abc", "a, b or c")]
)
def test_names_are_listed_as_prose(names, prose):
    assert join_words(names) == prose


def test_an_unknown_name_is_told_with_what_was_expected_and_the_nearest():
    error = unknown_name("variant", "torch/eagr", expected=["torch/eager", "tf/eager"])
    assert str(error) == (
        "variant: expected torch/eager or tf/eager; "
        'received "torch/eagr" (did you mean torch/eager?)'
    )


def test_no_match_is_guessed_where_none_is_near():
    assert "did you mean" not in str(unknown_name("x", "zzzz", expected=["abc"]))
