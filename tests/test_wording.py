"""Lists and counts are formatted as in an English sentence."""

from __future__ import annotations

import pytest

from compare.wording import format_count, join_words, shorten


@pytest.mark.parametrize(
    ("names", "prose"), [("a", "a"), ("ab", "a or b"), ("abc", "a, b or c")]
)
def test_names_are_joined_as_an_english_list(names, prose):
    assert join_words(names) == prose


def test_the_conjunction_can_be_chosen():
    assert join_words("abc", conjunction="and") == "a, b and c"


@pytest.mark.parametrize(
    ("count", "prose"), [(0, "0 launches"), (1, "1 launch"), (1234, "1,234 launches")]
)
def test_a_count_has_the_singular_for_one_only(count, prose):
    assert format_count(count, "launch", "launches") == prose


def test_the_plural_is_formed_with_an_s_by_default():
    assert format_count(3, "run") == "3 runs"


def test_a_long_text_keeps_its_start_and_its_end():
    assert shorten("short", limit=5) == "short"
    text = "start" + "x" * 10_000 + "end"
    short = shorten(text, limit=12)
    assert short == "startx [… 9,996 characters left out …] xxxend"
