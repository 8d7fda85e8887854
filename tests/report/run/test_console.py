"""The report in a terminal of 80 columns, and in a file."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from compare.report import terminal
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
        terminal(run, Console(file=text, width=width))
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


def test_a_cell_without_a_result_is_named_with_its_reason(made, printed):
    text = words(printed(without(made, "cnn", "torch/compile", reason="no [C++] here")))
    assert "not run: torch/compile on cnn: no [C++] here" in text


def test_a_stopped_run_says_first_how_to_resume(made, printed):
    made.record.finished = False
    text = printed(made)
    assert text.index("graph-compare run --resume") < text.index("Do they agree?")


def test_without_timing_the_table_tells_of_agreement(made, printed):
    text = printed(agreement_only(made))
    assert "largest error" in words(text)
    assert "step time" not in text


def test_colour_is_left_out_of_a_file(made, printed):
    assert "\x1b[" not in printed(made)


def test_the_way_to_a_difference_is_printed_after_the_tables(made, printed):
    text = printed(with_difference(made, "cnn", "tf/xla"))
    assert text.rindex("tf/xla on cnn, float32: where it differs") > text.index("ratio")
    assert "disagrees: the first" in text
    assert max(map(len, text.splitlines())) <= 80
