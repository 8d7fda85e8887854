"""A percentage as it is typed."""

from __future__ import annotations

import pytest

from compare.errors import UsageError
from compare.percentage import fraction


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("2%", 0.02), (" 0.5 % ", 0.005), ("0%", 0.0), ("100%", 1.0)],
)
def test_a_percentage_is_read(typed, expected):
    assert fraction("--threshold", typed) == pytest.approx(expected)


@pytest.mark.parametrize(
    "typed",
    ["2", "0.02", "-1%", "101%", "nan%", "inf%", "two%", "", "%", "2%%", "2% x"],
)
def test_anything_else_is_refused_in_a_sentence(typed):
    told = f'expected a percentage such as 2%, from 0% to 100%; received "{typed}"'
    with pytest.raises(UsageError, match="--threshold") as caught:
        fraction("--threshold", typed)
    assert told in str(caught.value)
