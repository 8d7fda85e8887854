"""The rule about numbers in prose finds every number without a source."""

from __future__ import annotations

import pytest

from tests.support.rules import find_unsourced_numbers

PROGRAMS = "rate = 1e-6\nfor _ in range(100):\n    x[:4, 0]\n"


@pytest.mark.parametrize(
    "prose",
    [
        "from {{ losses[0]|figure(2) }} to {{ losses[-1] }}",
        "`range(100)` and a rate of `1e-6`",
        "`w1` in float64, by Conv2d",
        "no number at all",
    ],
)
def test_computed_and_quoted_numbers_are_allowed(prose):
    assert not find_unsourced_numbers(prose, programs=PROGRAMS)


@pytest.mark.parametrize(
    ("prose", "number"),
    [
        ("it falls to 0.25.", "0.25."),
        ("a rate of 1e-6", "1e-6"),
        ("100 steps", "100"),
        ("`range(200)`", "200"),
        ("about -3", "-3"),
    ],
)
def test_other_numbers_are_found(prose, number):
    assert find_unsourced_numbers(prose, programs=PROGRAMS) == [number]
