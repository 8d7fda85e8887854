"""Reports of runs in which something is missing."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from compare import report as reports
from compare.errors import RunError
from compare.report.run.tables import format_command
from compare.runs.folder import load_run
from compare.runs.tables import TIMING
from compare.runs.words import Status
from tests.support.reading import plain
from tests.support.synthetic import (
    FRAMES,
    agreement_only,
    cell_of,
    synthetic,
    with_error,
    with_timing,
    without,
)

UNPROVEN = {"ratio": 1.031, "ratio_low": 1.012, "ratio_high": 1.051}


def test_a_stopped_run_shows_first_how_to_resume_it(made, render):
    made.record.finished = False
    report = render(without(made, "cnn", "tf/xla", status="pending", reason=""))
    command = f"graph-compare run --resume {report.run.folder}"
    for text in (report.html, report.markdown):
        assert command in text
        assert text.index(command) < text.index("Do they agree?")
        assert "the run has not reached this cell" in text


def test_a_stopped_run_keeps_what_its_pending_cells_have(made, render):
    made.record.finished = False
    for cell in made.record.cells:
        cell.status = Status.PENDING
    report = render(made)
    assert "All 16 cells agree" in report.html
    assert "not run:" not in report.html
    assert "0.78x (0.77-0.80)" in plain(report.html)


def test_a_finished_run_shows_no_command_to_resume_it(ordinary):
    assert "--resume" not in ordinary.html


def test_a_cell_that_did_not_run_keeps_its_row_and_its_reason(made, render):
    report = render(without(made, "cnn", "torch/compile", reason="no C++ compiler"))
    assert "not run: torch/compile on cnn: no C++ compiler" in report.html
    row = [x for x in report.markdown.splitlines() if "| torch/compile |" in x][1]
    assert row.startswith("| torch/compile | **not run** |")
    assert "| forward+backward |" in row
    assert row.endswith("| static | no C++ compiler |")
    assert "torch/compile on cnn | **not run** | no C++ compiler |" in report.markdown


def test_a_failure_is_shown_with_the_last_lines_of_its_log(made, render):
    reason = "killed by signal 9\nlast lines:\n  out of memory"
    report = render(without(made, "cnn", "tf/xla", status="failed", reason=reason))
    assert '<td class="word bad">failed</td>' in report.html
    assert '<td class="prose">killed by signal 9</td>' in report.html
    assert "last lines:\n  out of memory" in report.html


def test_a_failure_without_a_reason_is_shown_as_one(made, render):
    report = render(without(made, "cnn", "tf/xla", status="failed", reason=""))
    assert "failed: tf/xla on cnn: no reason was recorded" in report.html


def test_a_mode_that_captured_nothing_is_marked_in_every_table(made, render):
    cell = cell_of(made, "cnn", "tf/function")
    cell.captures, cell.capture_verdict = "none", "captured nothing"
    report = render(made)
    assert report.html.count('bad">not captured<') == 2  # verdicts, what was captured
    sentence = "tf/function on cnn: no graph was captured"
    assert report.html.index(sentence) < report.html.index("Do they agree?")


def test_a_dynamic_mode_that_captures_nothing_is_not_marked(ordinary):
    assert ">not captured<" not in ordinary.html


def test_unproven_timing_is_marked_wherever_it_is_shown(made, render):
    report = render(with_timing(made, "cnn", "torch/control", **UNPROVEN))
    assert "The timing of cnn is unproven" in report.html
    assert report.html.count("unproven (faster)") == 2 * 3
    assert report.html.count("Unproven: the control&#39;s interval excludes 1") == 2
    assert "Unproven: the band excludes 1." in report.html
    assert "Unproven timing." in report.html
    assert "The timing of two_layer is unproven" not in report.html


def test_graph_breaks_and_late_captures_are_cautions(made, render):
    cell = cell_of(made, "cnn", "torch/compile")
    cell.captures, cell.declared, cell.graph_breaks = "forward", "forward+backward", 2
    cell.capture_verdict = "captured less than declared"
    html = render(with_timing(made, "cnn", "torch/compile", recaptures=3)).html
    assert (
        "torch/compile on cnn: captured forward with 2 graph breaks; the mode declares "
        "forward+backward" in html
    )
    assert 'bad">forward, declared: forward+backward<' in html
    assert "torch/compile on cnn: captured again 3 times after warm-up" in html


def test_a_compiled_mode_without_a_compiler_is_marked(made, render):
    cell_of(made, "cnn", "tf/xla").capture_verdict = "no compiler"
    report = render(made)
    assert "tf/xla on cnn: no compiler generated a kernel" in report.html
    assert report.html.count('bad">training step, no compiler<') == 2


def test_an_agreement_only_run_has_no_timing_sections(made, render):
    report = render(agreement_only(made))
    assert "agreement only" in report.html
    assert "step time" not in report.markdown.partition("## How to read this")[0]
    assert report.html.count("<figure") == 5  # four trajectories, one learning
    assert "graph-compare agree two_layer cnn" in report.html


def test_a_run_without_learning_has_no_such_section(made, render):
    html = render(replace(made, learning=made.learning.iloc[:0])).html
    assert 'id="learning"' not in html


def test_a_run_stopped_before_its_first_result_is_rendered(made, render):
    made.record.finished = False
    made.record.starts, made.record.phases = [], []
    for cell in made.record.cells:
        cell.status = Status.PENDING
    empty = {name: getattr(made, name).iloc[:0] for name in FRAMES}
    report = render(replace(made, **empty))
    assert "No cell was compared with the reference." in report.html
    assert "<figure" not in report.html


def test_a_failed_baseline_leaves_step_times_and_no_ratios(made, render):
    nothing = dict.fromkeys(
        ("ratio", "ratio_low", "ratio_high", "break_even_steps"), float("nan")
    )
    for variant in ("torch/script", "tf/function"):
        made = with_timing(made, "cnn", variant, **nothing, verdict="inconclusive")
    report = render(
        without(made, "cnn", "torch/eager", status="failed", reason="crashed")
    )
    assert "cnn: no step time of torch/eager." in report.html
    assert "8.31 ms" in plain(report.html)


def test_an_error_that_is_not_a_number_is_shown_as_nan(made, render):
    report = render(with_error(made, "cnn", "tf/xla", times=float("nan"), step=3))
    assert "nan where 0.500 was expected" in report.html
    assert ">inf</td>" not in plain(report.html)


def test_a_spread_between_repetitions_is_reported_and_not_a_failure(ordinary):
    assert "spread 2.40e-07" in ordinary.html
    assert "All 16 cells agree" in ordinary.html


def test_settings_have_one_column_per_framework(ordinary):
    assert "| setting | torch | tf |" in ordinary.markdown
    assert r"| memory format | channels\_last | NHWC |" in ordinary.markdown
    assert "| XLA devices | - | cpu |" in plain(ordinary.markdown)


def test_the_command_that_repeats_the_run_is_shown(ordinary):
    assert (
        "graph-compare run two_layer cnn --suite quick -v torch/eager" in ordinary.html
    )
    options = "--device cpu --dtype float32 --margin 1% --threads 1 --seed 0"
    assert options in ordinary.html


def test_the_command_contains_every_dtype(render):
    html = render(agreement_only(synthetic(dtypes=("float32", "bfloat16")))).html
    assert "--device cpu --dtype float32 --dtype bfloat16 --threads 1" in html


def test_the_command_contains_the_sizes_that_were_set(made):
    made.record.request.sizes = {"hidden": "512", "batch": "8"}
    command = format_command(made)
    assert "--suite quick --set hidden=512 --set batch=8 -v torch/eager" in command


@pytest.mark.charts
def test_rendering_twice_gives_the_same_files(made, render):
    report = render(made)
    page = reports.write(reports.render(load_run(report.run.folder)))
    assert page.read_text(encoding="utf-8") == report.html


def test_a_damaged_table_raises_an_error_that_names_it(made, render):
    folder = render(made).run.folder
    *lines, last = (folder / TIMING.file).read_text().splitlines()
    values = dict(zip(TIMING.columns, last.split(","), strict=True)) | {"ratio": "fast"}
    (folder / TIMING.file).write_text("\n".join([*lines, ",".join(values.values())]))
    with pytest.raises(RunError, match=r"timing\.csv, .* ratio: expected a number"):
        reports.render(load_run(folder))


def test_importing_the_package_imports_nothing_heavy():
    heavy = ("pandas", "numpy", "altair", "vl_convert", "jinja2", "rich")
    code = (
        f"import sys, compare.report; print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"
