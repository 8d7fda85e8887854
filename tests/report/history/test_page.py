"""The history of many runs, as a page and in a terminal of 80 columns."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from compare.errors import RunError
from compare.history.history import read_history
from compare.render.sparkline import draw_sparkline
from compare.report.history.console import print_history
from compare.report.history.page import write_page
from tests.support.past_runs import write_past_runs
from tests.support.reading import words

SLOWER = ("cnn", "tf/function", 6, 1.10)


def newer_torch(number, record):
    if number >= 12:
        record.environment["torch"] = "2.14.0"


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """Fourteen runs: a variant became slower, then PyTorch was updated."""
    folder = tmp_path_factory.mktemp("reports")
    write_past_runs(folder, count=14, change=newer_torch, planted=[SLOWER])
    (folder / "<damaged>").mkdir()
    (folder / "<damaged>" / "run.json").write_text("{")
    return read_history(folder)


@pytest.fixture(scope="module")
def html(history):
    page = history.folder / "history.html"
    write_page(history, page)
    return page.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def printed(history):
    text = io.StringIO()
    print_history(history, Console(file=text, width=80))
    return text.getvalue()


def test_the_change_is_listed_first_with_its_run_and_size(html, printed):
    sentence = (
        r"tf/function on cnn: ratio to torch/eager \+\d+.\d%, from 2026-03-07-000000 on"
    )
    assert re.search(sentence, words(printed))
    assert re.search(sentence, words(html))
    assert printed.index("What changed?") < printed.index("two_layer: ")


def test_groups_and_folders_left_out_are_reported(html, printed):
    for text in (words(html), words(printed)):
        assert "torch 2.14.0 (before: 2.13.0+cpu)" in text
        assert "The runs form 2 groups" in text
    assert "<damaged>" in printed
    assert "&lt;damaged&gt;" in html


def test_no_line_is_wider_than_the_terminal_and_no_name_is_shortened(printed):
    assert max(map(len, printed.splitlines())) <= 80
    assert "…" not in printed


def test_every_cell_has_one_line_with_a_sparkline(printed):
    lines = [line for line in printed.splitlines() if line.startswith("tf/function  ")]
    slower, *others = sorted(lines, key=lambda line: "2026-03-07 +" in line)[::-1]
    assert len(others) == 3  # two workloads in two groups
    assert re.search("[▁▂]{6}[▆▇█]{6}", slower)
    assert all(re.search("[▁▂▃▄▅▆▇█]{2}", line) for line in others)


def test_the_page_is_self_contained(html):
    assert html.count("<svg") == 4
    assert "<script" not in html
    assert not re.search(r'(?:src|href)="(?!#|data:)', html)
    assert "AMD" not in html


def test_a_page_is_overwritten_but_no_other_file_is(history, tmp_path):
    page = tmp_path / "page.html"
    write_page(history, page)
    write_page(history, page)
    other = tmp_path / "mine.html"
    other.write_text("<title>mine</title>")
    with pytest.raises(RunError, match="Nothing was overwritten"):
        write_page(history, other)
    assert other.read_text() == "<title>mine</title>"


@pytest.mark.parametrize("name", ["", "missing/page.html"])
def test_a_path_that_cannot_be_written_is_rejected(history, tmp_path, name):
    with pytest.raises(RunError, match="--out: expected a file that can be written"):
        write_page(history, tmp_path / name)


def test_a_single_run_has_a_page(tmp_path):
    history = read_history(write_past_runs(tmp_path, count=1))
    page = tmp_path / "history.html"
    write_page(history, page)
    assert "a change point requires 6 comparable runs" in page.read_text(
        encoding="utf-8"
    )


def test_a_sparkline_rises_with_the_series_and_shows_gaps():
    rising = {number: 1.0 + number for number in range(8) if number != 3}
    assert draw_sparkline(rising, count=8, width=8) == "▁▃▅·▇▇██"


def test_a_sparkline_is_nearly_flat_where_little_changes():
    nearly = {number: 1.0 + number / 1000 for number in range(8)}
    assert set(draw_sparkline(nearly, count=8, width=8)) <= set("▄▅")


def test_a_long_series_is_averaged_in_a_sparkline():
    step = {number: 1.0 if number < 100 else 2.0 for number in range(200)}
    assert draw_sparkline(step, count=200, width=4) == "▁▁██"
    assert draw_sparkline({}, count=200, width=4) == ""
