"""Korean particles fit the last sound of a value."""

from __future__ import annotations

import pytest

from compare.study.korean import add_particle


@pytest.mark.parametrize(
    ("text", "particle", "expected"),
    [
        ("10", "은", "10은"),
        ("2", "은", "2는"),
        ("3", "이", "3이"),
        ("4", "이", "4가"),
        ("16,950", "을", "16,950을"),
        ("0.55", "을", "0.55를"),
        ("7", "으로", "7로"),
        ("3", "으로", "3으로"),
        ("5", "으로", "5로"),
        ("(20, 30)", "과", "(20, 30)과"),
        ("[1, 2]", "과", "[1, 2]와"),
        ("1e-05", "이다", "1e-05다"),
        ("텐서", "은", "텐서는"),
        ("값", "은", "값은"),
        ("길", "으로", "길로"),
        ("True", "은", "True은(는)"),
        ("", "은", "은(는)"),
    ],
)
def test_a_particle_has_the_form_of_the_last_sound(text, particle, expected):
    assert add_particle(text, particle) == expected
