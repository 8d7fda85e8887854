"""The table of determinism, and whether differences are within rounding."""

from __future__ import annotations

import pytest

from compare.report.agreement.determinism_tables import tabulate_determinism
from compare.results.joining import group_cells
from compare.runs.folder import load_run
from compare.runs.record import Note
from compare.runs.words import NoteKind
from tests.support.synthetic import rows_of, with_rows, without


@pytest.fixture
def tabulated(tmp_path):
    """Write a run and return the determinism table of cnn."""

    def table(made):
        run = load_run(made.write(tmp_path / "run"))
        return tabulate_determinism(group_cells(run)[1], run=run)

    return table


def row(table, variant):
    titles = [column.title for column in table.columns]
    found = next(row for row in table.rows if row[0].text == variant)
    return dict(zip(titles, (value.text for value in found), strict=True))


def repetitions_in(made, against):
    """Select the repetitions of tf/function on cnn in one place."""
    return rows_of(made.agreement, "cnn", "tf/function") & (
        made.agreement["against"] == against
    )


def test_every_place_has_a_column_and_every_variant_has_a_row(made, tabulated):
    table = tabulated(made)
    assert len(table.rows) == 8
    assert row(table, "torch/eager") == {
        "variant": "torch/eager",
        "in one process": "identical",
        "in another process": "identical",
        "with 2 threads, twice": "identical",
        "2 threads against 1": "spread 1.10e-07",
        "in float64": "identical",
    }


def test_a_missing_repetition_has_its_reason_in_the_note(made, tabulated):
    gone = made.agreement["framework"].eq("tf") & (
        made.agreement["against"] == "another process"
    )
    note = Note(
        kind=NoteKind.NOT_REPEATED,
        framework="tf",
        device="cpu",
        threads=1,
        reason="not repeated: the worker crashed\nlast output: none",
    )
    made.record.notes = [note]
    table = tabulated(with_rows(made, gone, against="itself"))
    assert row(table, "tf/eager")["in another process"] == "\N{EN DASH}"
    assert "tf/* in another process: not repeated: the worker crashed" in table.note


def test_a_cell_that_did_not_run_has_dashes(made, tabulated):
    table = tabulated(without(made, "cnn", "tf/xla"))
    assert set(list(row(table, "tf/xla").values())[1:]) == {"\N{EN DASH}"}
    assert "cells that did not run" in table.note


def test_without_other_threads_the_note_has_the_number_of_processors(made, tabulated):
    made.record.environment["processors usable"] = "1"
    threads = made.agreement["against"].str.contains("threads")
    table = tabulated(with_rows(made, threads, against="itself", threads=None))
    assert "not tried (processors usable: 1)" in table.note


def test_a_difference_beyond_rounding_is_marked(made, tabulated):
    far = {"max_abs_error": 0.5, "max_rel_error": 0.25, "verdict": "disagrees"}
    table = tabulated(with_rows(made, repetitions_in(made, "another process"), **far))
    assert row(table, "tf/function")["in another process"] == "0.250: beyond rounding"


def test_a_value_that_is_finite_only_once_is_described_in_words(made, tabulated):
    far = dict.fromkeys(("max_abs_error", "max_rel_error"), float("inf"))
    table = tabulated(with_rows(made, repetitions_in(made, "itself"), **far))
    assert row(table, "tf/function")["in one process"] == "not always finite"


def test_a_caution_before_the_verdicts_names_irreproducible_variants(made, render):
    far = dict.fromkeys(("max_abs_error", "max_rel_error"), 0.5)
    html = render(with_rows(made, repetitions_in(made, "itself"), **far)).html
    warning = "tf/function on cnn: not reproducible beyond rounding."
    assert html.index(warning) < html.index('id="verdicts"')
    assert "All 16 cells agree" in html


def test_a_spread_within_rounding_has_no_caution(ordinary):
    assert "by more than rounding explains:" not in ordinary.html
