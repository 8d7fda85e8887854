"""The catalogue of quirks: complete, explained, and correct in both frameworks."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from compare import quirks
from compare.agreement import parity
from compare.agreement.parity import DIFFERENT
from compare.frameworks import frameworks_with
from compare.quirks.entry import Part
from compare.study.quirks import (
    format_markdown,
    print_catalogue,
    print_measurement,
    print_quirk,
    read_source,
)

MINIMUM = 30  # quirks in the catalogue
MEASURED = ["adam_epsilon", "lstm_bias", "same_padding", "squared_error_mean"]


@pytest.fixture(scope="module")
def results():
    """Results of a few quirks in both frameworks; tests/planted runs all of them."""
    run = parity.run_catalogue([quirks.find_quirk(name) for name in MEASURED])
    return run.results


@pytest.fixture
def console():
    """A console without colours that writes to a string."""
    return Console(file=StringIO(), width=200)


def test_the_catalogue_has_at_least_the_minimum_number_of_quirks():
    assert len(quirks.quirk_names()) >= MINIMUM


@pytest.mark.parametrize("name", quirks.quirk_names())
def test_a_quirk_has_a_title_an_explanation_and_described_spellings(name):
    entry = quirks.find_quirk(name)
    assert 10 < len(entry.title) < 90
    assert len(entry.explanation) > 100
    assert len(entry.spellings) == 2
    assert all(entry.describe(spelling) for spelling in entry.spellings)
    assert entry.quirk.part in Part
    assert set(entry.quirk.defaults) == set(frameworks_with("quirks"))
    assert set(entry.quirk.defaults.values()) <= set(entry.spellings)


@pytest.mark.parametrize("name", quirks.quirk_names())
def test_every_framework_implements_a_spelling_or_gives_a_reason(name):
    entry = quirks.find_quirk(name)
    for framework in frameworks_with("quirks"):
        text = read_source(framework, entry)
        cannot = entry.quirk.impossible.get(framework, {})
        for spelling in entry.spellings:
            assert (f"def {spelling}(" in text) is (spelling not in cannot)


@pytest.mark.torch
@pytest.mark.tf
@pytest.mark.parametrize("name", MEASURED)
def test_the_same_spelling_agrees_and_different_spellings_differ(results, name):
    pairs = parity.pair_results(quirks.find_quirk(name), results[name])
    assert len(pairs) == 4
    for pair in pairs:
        is_same = pair.one.spelling == pair.other.spelling
        assert (pair.relative < DIFFERENT) is is_same, pair


@pytest.mark.torch
@pytest.mark.tf
def test_the_markdown_table_has_a_row_with_both_defaults_and_the_difference(results):
    entry = quirks.find_quirk("squared_error_mean")
    table = format_markdown(
        [entry],
        results,
        versions={"torch": "2.0", "tensorflow": "2.1"},
        machine="a test machine",
    )
    heading, *_, row = table.splitlines()
    assert heading == "# Where PyTorch and TensorFlow differ"
    assert "Measured with torch 2.0, tensorflow 2.1, on a test machine." in table
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    topic, title, torch_default, tf_default, tensor, difference, same = cells
    assert topic == entry.quirk.topic
    assert title == f"`squared_error_mean`: {entry.title}"
    assert torch_default != tf_default
    assert tensor == "the loss"
    assert float(difference) > DIFFERENT
    assert float(same) < DIFFERENT


def test_the_remedy_for_a_missing_framework_is_printed_in_full(monkeypatch, console):
    """Rich must not remove [tensorflow]: pip needs the name of the extra."""

    def not_installed(framework):
        return f"{framework.module} is not installed; {framework.install}"

    monkeypatch.setattr(parity, "find_missing_framework", not_installed)
    entry = quirks.find_quirk("same_padding")
    run = parity.run_catalogue([entry])
    print_measurement(entry, run.results["same_padding"], console)
    out = console.file.getvalue()
    assert "pip install 'graph-compare[tensorflow]'" in out
    assert out.count("not run: ") == 4


def test_text_in_square_brackets_is_not_interpreted_as_markup(console):
    bracketed = "a [bold]title[/bold] with [tensorflow], x[/a] and :smile:"
    entry = quirks.find_quirk("same_padding")
    entry = replace(entry, title=bracketed, explanation=bracketed)
    print_catalogue([entry], console)
    print_quirk(entry, console)
    assert console.file.getvalue().count(bracketed) == 3


def test_the_list_contains_every_quirk(invoke):
    done = invoke("quirks")
    assert done.code == 0
    assert all(name in done.out for name in quirks.quirk_names())


def test_a_quirk_is_shown_with_both_programs(invoke):
    done = invoke("quirks", "same-padding", "--no-run")
    assert done.code == 0
    assert "padding=1" in done.out
    assert 'padding="SAME"' in done.out
    assert "default of torch" in done.out


def test_an_unknown_name_is_reported_with_the_nearest_name(invoke):
    done = invoke("quirks", "same_pading")
    assert done.code == 2
    assert "did you mean same_padding?" in done.err
    assert "Traceback" not in done.err


@pytest.mark.torch
@pytest.mark.tf
def test_a_quirk_is_measured_when_it_is_shown(cli):
    done = cli("quirks", "same_padding")
    assert done.code == 0
    assert "differ (defaults)" in done.out
    assert done.out.count("agree") == 2
