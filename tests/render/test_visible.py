"""Control characters in text: shown as escapes, and harmless."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compare.render.visible import make_all_visible, make_visible

ANY_TEXT = st.text(st.characters(), max_size=30)  # also control characters
SURROGATES = st.text(st.characters(categories=["Cs", "Cc", "Cf", "L"]), max_size=30)
OVERRIDES = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x00\x07\x08\x7f", r"\x00\x07\x08\x7f"),
        ("\x9b2J", r"\x9b2J"),
        ("a\u202eb", r"a\u202eb"),
        ("\ud800", r"\ud800"),
        ("one\r\ntwo\rthree\tfour", "one\ntwo\nthree\tfour"),
        ("\N{GREEK SMALL LETTER MU}s \N{EN DASH} x", "\u03bcs \N{EN DASH} x"),
    ],
)
def test_a_control_character_is_shown_as_its_escape(text, shown):
    assert make_visible(text) == shown


@given(ANY_TEXT | SURROGATES)
def test_no_text_keeps_a_control_character(text):
    shown = make_visible(text)
    categories = {unicodedata.category(letter) for letter in set(shown) - {"\n", "\t"}}
    assert not {"Cc", "Cs"} & categories
    assert not set(OVERRIDES) & set(shown)
    shown.encode()


@given(ANY_TEXT | SURROGATES)
def test_making_a_text_visible_twice_changes_nothing(text):
    assert make_visible(make_visible(text)) == make_visible(text)


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_a_text_without_control_characters_is_unchanged(text):
    assert make_visible(text) == text


@given(st.recursive(ANY_TEXT | SURROGATES | st.integers(), st.lists, max_leaves=5))
def test_every_text_of_json_data_is_made_visible(value):
    encoded = json.dumps(make_all_visible({"key\x1b": [value]}), ensure_ascii=False)
    assert make_visible(encoded) == encoded
    assert "key\\\\x1b" in encoded
