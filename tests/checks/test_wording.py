"""The word list finds what it should, in prose and in names."""

from __future__ import annotations

import pytest

from tests.checks.wording import WORDS, find_words


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("The report says so.", "says"),
        ("def test_a_worker_that_dies_is_reported():", "dies"),
        ("The worker was told to stop", "told"),
        ("p, by Holm", "by Holm"),
        ("The figures stand\nbeside the table", "stand"),
    ],
)
def test_a_word_to_replace_is_found_in_prose_and_in_names(text, word):
    assert word in [found for _, found in find_words(text)]


def test_a_word_is_found_with_its_line():
    assert list(find_words("fine\nfine\nhe told us")) == [(3, "told")]


@pytest.mark.parametrize(
    "text",
    ["Return the interval.", "side by side", "an established standard", "besides"],
)
def test_plain_english_passes(text):
    assert list(find_words(text)) == []


def test_every_pattern_has_advice():
    assert all(WORDS.values())
