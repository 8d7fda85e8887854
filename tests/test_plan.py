"""What a table says was captured."""

from __future__ import annotations

import pytest

from compare.plan import captures


@pytest.mark.parametrize(
    ("family", "measured", "said"),
    [
        ("dynamic", "none", "none"),
        ("static", "forward", "forward"),
        ("static", "none", "not captured"),
    ],
)
def test_a_static_mode_that_ran_eagerly_is_not_captured(family, measured, said):
    assert captures(family, measured=measured) == said
