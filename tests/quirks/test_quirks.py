"""The catalogue of quirks: complete, explained, and correct in each framework."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from compare import quirks
from compare.agreement import parity
from compare.agreement.parity import DIFFERENT, SpellingResult
from compare.frameworks import frameworks_with, package_folder
from compare.quirks.entry import Part
from compare.study.quirks import (
    format_markdown,
    print_catalogue,
    print_measurement,
    print_quirk,
    read_source,
)

MINIMUM = 30  # quirks in the catalogue
MEASURED = ["adam_epsilon", "maximum_tie", "same_padding", "squared_error_mean"]
COMPLETE = {"torch", "tf"}  # they have every quirk
LACKED = "probability_clipping"  # by JAX


@pytest.fixture(scope="module")
def results():
    """Results of a few quirks in each framework; tests/planted runs all of them."""
    run = parity.run_catalogue([quirks.find_quirk(name) for name in MEASURED])
    return run.results


@pytest.fixture
def console():
    """A console without colours that writes to a string."""
    return Console(file=StringIO(), width=300)


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
    assert set(entry.quirk.defaults.values()) <= set(entry.spellings)


@pytest.mark.parametrize("name", quirks.quirk_names())
def test_the_default_of_each_framework_that_has_a_quirk_is_given(name):
    quirk = quirks.find_quirk(name).quirk
    given = [*quirk.defaults, *quirk.other_defaults]
    assert sorted(given) == sorted(frameworks_with("quirks", entry=name))
    assert set(quirk.defaults) >= COMPLETE
    assert all(text.endswith(".") for text in quirk.other_defaults.values())


def test_every_file_of_a_package_is_in_the_catalogue():
    for name, framework in frameworks_with("quirks").items():
        files = (package_folder(framework) / "quirks").glob("[!_]*.py")
        found = {path.stem for path in files}
        assert found <= set(quirks.quirk_names())
        assert name not in COMPLETE or found == set(quirks.quirk_names())


@pytest.mark.parametrize("name", quirks.quirk_names())
def test_every_framework_implements_a_spelling_or_gives_a_reason(name):
    entry = quirks.find_quirk(name)
    for framework in frameworks_with("quirks", entry=name):
        text = read_source(framework, entry)
        cannot = entry.quirk.impossible.get(framework, {})
        for spelling in entry.spellings:
            assert (f"def {spelling}(" in text) is (spelling not in cannot)


@pytest.mark.torch
@pytest.mark.tf
@pytest.mark.jax
@pytest.mark.parametrize("name", MEASURED)
def test_the_same_spelling_agrees_and_different_spellings_differ(results, name):
    pairs = parity.pair_results(quirks.find_quirk(name), results[name])
    assert [pair.other.framework for pair in pairs] == ["jax", "jax", "tf", "tf"] * 2
    for pair in pairs:
        is_same = pair.one.spelling == pair.other.spelling
        assert (pair.relative < DIFFERENT) is is_same, pair


@pytest.mark.torch
@pytest.mark.tf
@pytest.mark.jax
def test_the_markdown_table_has_a_row_with_the_defaults_and_the_difference(results):
    entry = quirks.find_quirk("squared_error_mean")
    table = format_markdown(
        [entry],
        results,
        versions={"torch": "2.0", "tensorflow": "2.1"},
        machine="a test machine",
    )
    heading, *_, row = table.splitlines()
    assert heading == "# Where PyTorch, TensorFlow and JAX differ"
    assert "Measured with torch 2.0, tensorflow 2.1, on a test machine." in table
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    topic, title, torch_default, tf_default, jax_default, tensor, *numbers = cells
    difference, same = numbers
    assert topic == entry.quirk.topic
    assert title == f"`squared_error_mean`: {entry.title}"
    assert torch_default != tf_default
    assert f"{jax_default}." == entry.quirk.other_defaults["jax"]
    assert tensor == "the loss"
    assert float(difference) > DIFFERENT
    assert float(same) < DIFFERENT


def test_defaults_are_not_called_the_same_where_one_is_neither_spelling():
    entry = quirks.find_quirk("sgd_nesterov")
    results = [
        SpellingResult(
            framework=framework,
            spelling=spelling,
            arrays={"loss": np.array(value)},
        )
        for framework in ("torch", "tf", "jax")
        for spelling, value in zip(entry.spellings, (1.0, 1.5), strict=True)
    ]

    def difference(**changes):
        changed = replace(entry, quirk=replace(entry.quirk, **changes))
        table = format_markdown(
            [changed], {entry.name: results}, versions={"torch": "2"}, machine="a test"
        )
        return table.splitlines()[-1].strip("|").split("|")[-2].strip()

    first = next(iter(entry.spellings))
    assert difference() == "0.5 (same default)"
    without_jax = dict.fromkeys(COMPLETE, first)
    other = {"jax": "Something else."}
    assert difference(defaults=without_jax, other_defaults=other) == "0.5"


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
    assert out.count("not run: ") == 2 * len(frameworks_with("quirks"))


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


def test_a_quirk_is_shown_with_all_programs(invoke):
    done = invoke("quirks", "same-padding", "--no-run")
    assert done.code == 0
    assert "padding=1" in done.out
    assert 'padding="SAME"' in done.out
    assert "conv_general_dilated" in done.out
    assert "default of torch" in done.out
    assert "default of tf and jax" in done.out
    assert "no program in" not in done.out


def test_a_default_that_is_neither_spelling_is_shown(invoke):
    done = invoke("quirks", "layer_norm_epsilon", "--no-run")
    assert "default of jax: Epsilon is 1e-6" in done.out


def test_a_framework_that_lacks_a_quirk_has_neither_a_program_nor_a_result(
    invoke, console
):
    entry = quirks.find_quirk(LACKED)
    assert set(frameworks_with("quirks", entry=LACKED)) == COMPLETE
    done = invoke("quirks", LACKED, "--no-run")
    assert done.code == 0
    assert "no program in jax" in done.out
    assert "import jax" not in done.out
    print_catalogue([entry], console)
    (row,) = [line for line in console.file.getvalue().splitlines() if LACKED in line]
    assert row.split()[-1] == "-"


def test_an_unknown_name_is_reported_with_the_nearest_name(invoke):
    done = invoke("quirks", "same_pading")
    assert done.code == 2
    assert "did you mean same_padding?" in done.err
    assert "Traceback" not in done.err


@pytest.mark.torch
@pytest.mark.tf
@pytest.mark.jax
def test_a_quirk_is_measured_when_it_is_shown(cli):
    done = cli("quirks", "same_padding")
    assert done.code == 0
    assert "differ (defaults)" in done.out
    assert "Running PyTorch, TensorFlow and JAX ..." in done.out + done.err
    assert done.out.count("agree") == 4
