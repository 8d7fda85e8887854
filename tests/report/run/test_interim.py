"""The report during a run states that, has the figures, and draws no charts."""

from __future__ import annotations

import re

import pytest

from compare import report
from compare.report.run import page
from compare.runs.folder import load_run
from tests.support.reading import words


@pytest.fixture
def interim(made, tmp_path, monkeypatch):
    """Write a run of two workloads that goes on; return its page and its Markdown."""

    def draw(_):
        raise AssertionError("a chart was drawn")

    monkeypatch.setattr(page, "draw_charts", draw)
    made.record.finished = False
    made.record.request.launches = 5
    made.record.launches_done = {"two_layer": 2}
    folder = made.write(tmp_path / "my run")
    path = report.write(report.render(load_run(folder), is_interim=True))
    return words(path.read_text("utf-8")), words((folder / "report.md").read_text())


def test_it_states_first_how_far_the_run_is_and_when_it_was_written(interim):
    for each in interim:
        text = each.replace("\\", "")
        stated = re.search(
            r"This run is not finished\. Launches so far: two_layer 2 of 5 and cnn 0 "
            r"of 5\. Written at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d, and again",
            text,
        )
        assert stated, text[:2000]
        assert stated.start() < text.index("Do they agree?")
        assert "This run was stopped" not in text
        assert "my run" in text[stated.end() :][:400], "how to continue it"


def test_the_page_is_loaded_again_and_has_notes_in_place_of_charts(interim):
    html, _ = interim
    assert '<meta http-equiv="refresh" content="10">' in html
    assert html.count("Charts are drawn when the run is finished.") > 3
    assert "<script" not in html
    assert "<svg" not in html


def test_it_has_the_verdicts_and_the_step_times(interim):
    for text in interim:
        for title in ("Verdicts", "Step time in steady state", "Start costs"):
            assert title in text
        assert "Determinism" not in text


def test_the_report_of_a_finished_run_is_not_loaded_again(ordinary):
    assert "refresh" not in ordinary.html
    assert "This run is not finished" not in ordinary.html
