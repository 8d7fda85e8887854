"""Durations and percentages as users type them."""

from __future__ import annotations

import pytest

from compare.errors import UsageError
from compare.pipeline.amounts import parse_duration, parse_percentage


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("90s", 90),
        ("90", 90),
        ("2min", 120),
        ("1.5m", 90),
        ("1h", 3600),
        ("2 MIN", 120),
    ],
)
def test_a_duration_is_parsed_in_its_unit(typed, expected):
    assert parse_duration("--budget", typed) == expected


@pytest.mark.parametrize(
    "typed", ["", "0", "-5s", "soon", "5 parsecs", "9999h", "1e99s"]
)
def test_text_that_is_not_a_duration_is_refused_with_the_range(typed):
    with pytest.raises(UsageError) as caught:
        parse_duration("--budget", typed)
    assert "--budget: expected a duration from 1s to 168h" in str(caught.value)
    assert f'received "{typed}"' in str(caught.value)


@pytest.mark.parametrize(("typed", "expected"), [("1%", 0.01), (" 0.5 %", 0.005)])
def test_a_percentage_is_parsed_as_a_fraction(typed, expected):
    found = parse_percentage("--precision", typed, low=1e-4, high=0.5)
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("typed", ["1", "0.02", "0%", "51%", "-1%", "nan%", "a%", "%"])
def test_text_that_is_not_a_percentage_is_refused_with_the_range(typed):
    with pytest.raises(UsageError, match=r"expected a percentage from 0\.01% to 50%"):
        parse_percentage("--precision", typed, low=1e-4, high=0.5)
