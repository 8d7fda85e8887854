"""The catalogue: complete, explained, and true in both frameworks."""

from __future__ import annotations

from pathlib import Path

import pytest

from compare import quirks
from compare.agreement import parity
from compare.agreement.parity import DIFFERENT
from compare.frameworks import frameworks
from compare.study.quirks import source

ROOT = Path(__file__).parents[2]
LEAST = 30  # entries
SHOWN = ["adam_epsilon", "lstm_bias", "same_padding", "squared_error_mean"]


@pytest.fixture(scope="module")
def run():
    """A few entries run in both frameworks: the planted defects run them all."""
    return parity.here([quirks.find(name) for name in SHOWN]).spelled


def test_the_catalogue_has_enough_entries():
    assert len(quirks.names()) >= LEAST


@pytest.mark.parametrize("name", quirks.names())
def test_an_entry_explains_itself(name):
    entry = quirks.find(name)
    assert 10 < len(entry.title) < 90
    assert len(entry.explanation) > 100
    assert len(entry.spellings) == 2
    assert all(entry.says(spelling) for spelling in entry.spellings)
    assert set(entry.quirk.defaults) == set(frameworks())
    assert set(entry.quirk.defaults.values()) <= set(entry.spellings)


@pytest.mark.parametrize("name", quirks.names())
def test_every_framework_spells_an_entry_or_says_why_not(name):
    entry = quirks.find(name)
    for framework in frameworks():
        text = source(framework, entry)
        cannot = entry.quirk.impossible.get(framework, {})
        for spelling in entry.spellings:
            assert (f"def {spelling}(" in text) is (spelling not in cannot)


@pytest.mark.torch
@pytest.mark.tf
@pytest.mark.parametrize("name", SHOWN)
def test_like_spellings_agree_and_unlike_ones_differ(run, name):
    pairs = parity.pairs(quirks.find(name), run[name])
    assert len(pairs) == 4
    for pair in pairs:
        alike = pair.one.spelling == pair.other.spelling
        assert (pair.relative < DIFFERENT) is alike, pair


def test_the_list_names_every_entry(cli):
    done = cli("quirks")
    assert done.code == 0
    assert all(name in done.out for name in quirks.names())


def test_one_entry_is_shown_with_both_codes(cli):
    done = cli("quirks", "same-padding", "--no-run")
    assert done.code == 0
    assert "padding=1" in done.out
    assert 'padding="SAME"' in done.out
    assert "default of torch" in done.out


def test_an_unknown_entry_gets_the_nearest_name(cli):
    done = cli("quirks", "same_pading")
    assert done.code == 2
    assert "did you mean same_padding?" in done.err
    assert "Traceback" not in done.err


@pytest.mark.torch
@pytest.mark.tf
def test_an_entry_is_measured_where_it_is_shown(cli):
    done = cli("quirks", "same_padding")
    assert done.code == 0
    assert "differ (defaults)" in done.out
    assert done.out.count("agree") == 2
