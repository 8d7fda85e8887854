"""The report in a terminal of 80 columns, and in a file."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from compare import report
from compare.report.run import outline
from compare.report.run.console import show_outline
from compare.report.run.outline import build_outline
from compare.runs.folder import load_run
from tests.support.reading import words
from tests.support.synthetic import (
    agreement_only,
    with_difference,
    with_timing,
    without,
)


@pytest.fixture
def printed(tmp_path):
    def show(made, *, width=80):
        text = io.StringIO()
        run = load_run(made.write(tmp_path / "run"))
        show_outline(build_outline(run), Console(file=text, width=width))
        return text.getvalue()

    return show


def test_the_answers_come_first_and_then_a_row_for_every_variant(made, printed):
    text = printed(made)
    assert text.index("Do they agree?") < text.index("two_layer: steady state")
    assert text.count("torch/compile-step  ") == 4
    assert "All 16 cells agree" in words(text)


def test_no_line_is_wider_than_the_terminal(made, printed):
    control = {"ratio": 1.031, "ratio_low": 1.012, "ratio_high": 1.051}
    text = printed(with_timing(made, "cnn", "torch/control", **control))
    assert "unproven (equivalent)" in text
    assert max(map(len, text.splitlines())) <= 80


def test_no_name_is_cut_at_80_columns(made, printed):
    text = printed(made)
    assert "…" not in text
    assert "forward+backward" in text


def test_no_figure_is_separated_from_its_unit(made, printed):
    slow = {"first_call_cold_s": 745.0, "break_even_steps": 1_280_000}
    text = printed(with_timing(made, "cnn", "torch/compile-step", **slow))
    (row,) = (x for x in text.splitlines() if "12 min 25 s" in x)
    assert row.startswith("torch/compile-step")
    assert "1,280,000" in row
    assert row.rstrip().endswith("MiB")


@pytest.mark.parametrize("width", [40, 60, 79])
def test_a_narrow_terminal_shows_fewer_columns_and_names_the_others(
    made, printed, width
):
    text = printed(made, width=width)
    assert max(map(len, text.splitlines())) <= width
    (row, *_) = (x for x in text.splitlines() if x.startswith("torch/compile-step "))
    assert "faster" in row
    if width < 75:
        assert "Too wide for this terminal: " in words(text)


def test_the_tables_of_a_run_are_joined_once_for_all_renderings(
    made, tmp_path, monkeypatch
):
    joined = []
    join = outline.group_cells
    monkeypatch.setattr(
        outline, "group_cells", lambda run: joined.append(run) or join(run)
    )
    rendered = report.render(load_run(made.write(tmp_path / "run")))
    report.write(rendered)
    report.show(rendered, Console(file=io.StringIO(), width=80))
    assert len(joined) == 1


def test_a_cell_without_a_result_is_named_with_its_reason(made, printed):
    text = words(printed(without(made, "cnn", "torch/compile", reason="no [C++] here")))
    assert "not run: torch/compile on cnn: no [C++] here" in text


def test_a_stopped_run_prints_first_how_to_resume_it(made, printed):
    made.record.finished = False
    text = printed(made)
    assert text.index("graph-compare run --resume") < text.index("Do they agree?")


def test_without_timing_the_table_shows_agreement(made, printed):
    text = printed(agreement_only(made))
    assert "largest error" in words(text)
    assert "step time" not in text


def test_a_file_contains_no_colour_codes(made, printed):
    assert "\x1b[" not in printed(made)


def test_the_first_difference_is_printed_after_the_tables(made, printed):
    text = printed(with_difference(made, "cnn", "tf/xla"))
    assert text.rindex("tf/xla on cnn, float32: where it differs") > text.index("ratio")
    assert "disagrees: the first" in text
    assert max(map(len, text.splitlines())) <= 80
