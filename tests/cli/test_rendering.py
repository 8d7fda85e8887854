"""The report of a run from the command line: tables first, then charts and files."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from compare import report
from compare.cli import rendering
from compare.cli.main import cli
from compare.report.run import page
from compare.runs.folder import load_run
from tests.support.synthetic import agreement_only, synthetic

ROOT = Path(__file__).parents[2]
ADDRESS_SPACE_BYTES = 3 * 10**9  # too little for the converter of charts


@pytest.fixture
def folder(tmp_path):
    """A finished run with a few charts."""
    return agreement_only(synthetic()).write(tmp_path / "run")


def test_the_tables_are_printed_before_a_chart_is_drawn(folder, monkeypatch, capsys):
    printed = []

    def draw(charts):
        printed.append(capsys.readouterr().out)
        raise KeyboardInterrupt

    monkeypatch.setattr(page, "draw_charts", draw)
    with pytest.raises(KeyboardInterrupt):
        rendering.report_run(load_run(folder))
    assert "Do they agree?" in printed[0]
    assert "torch/compile-step" in printed[0]
    assert (folder / report.MARKDOWN_FILE).exists()


def test_a_failure_of_the_terminal_does_not_prevent_the_files(folder, monkeypatch):
    def fail(*_):
        raise BrokenPipeError

    monkeypatch.setattr(report, "show", fail)
    monkeypatch.setattr(page, "draw_charts", lambda charts: [page.Drawing()] * 5)
    with pytest.raises(BrokenPipeError):
        rendering.report_run(load_run(folder))
    assert (folder / report.PAGE_FILE).exists()


def test_without_memory_for_charts_the_report_has_everything_else(folder):
    def limit():
        size = (ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES)
        resource.setrlimit(resource.RLIMIT_AS, size)

    done = subprocess.run(
        [sys.executable, "-m", "compare", "report", folder],
        capture_output=True,
        text=True,
        cwd=ROOT,
        preexec_fn=limit,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "All 16 cells agree" in " ".join(done.stdout.split())
    assert "Report: file://" in done.stdout
    warning = " ".join(done.stderr.split())
    assert "Charts missing on the page: trajectory of two_layer, float64;" in warning
    html = (folder / report.PAGE_FILE).read_text(encoding="utf-8")
    assert html.count("This chart is missing (") == 5
    assert "<svg" not in html


def test_an_error_message_contains_no_control_character(tmp_path):
    done = CliRunner().invoke(cli, ["report", str(tmp_path / "no\x1b[31mrun")])
    assert done.exit_code == 2
    assert r"no\x1b[31mrun" in done.output
    assert "\x1b" not in done.output
