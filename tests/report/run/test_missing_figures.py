"""A figure that was not measured never produces a sentence without a number."""

from __future__ import annotations

import re
from dataclasses import fields
from math import nan

import pytest

from compare.report.run.brief_tables import tabulate_brief
from compare.report.run.cautions import list_cautions
from compare.report.run.figures import draw_nothing
from compare.report.timing import cost_tables, figures, verdict_tables
from compare.report.timing.bar_charts import draw_memory_chart, draw_start_chart
from compare.report.timing.ratio_chart import draw_ratio_chart
from compare.report.timing.sentences import describe_payback, describe_steady_state
from compare.results.joining import group_cells
from compare.runs.rows import TimingRow
from tests.support.reading import plain
from tests.support.synthetic import replace_timing

FLOATS = [field.name for field in fields(TimingRow) if field.type == "float"]
BROKEN = re.compile(
    r"\bnan\b|- the step time|- its step time|takes -|took -|import -|by -|old -|arm -"
)
UNSTEADY = {"unsteady_launch": 1, "unsteady_round": 4, "unsteady_change": 0.06}
FIGURES = (
    figures.make_ratio_figure,
    figures.make_break_even_figure,
    figures.make_start_figure,
    figures.make_memory_figure,
)
TABLES = (
    verdict_tables.tabulate_verdicts,
    verdict_tables.tabulate_ranking,
    cost_tables.tabulate_start_costs,
    cost_tables.tabulate_cumulative_time,
    cost_tables.tabulate_memory,
)


@pytest.fixture(scope="module")
def cnn(ordinary):
    """The cells of one workload, with one that did not reach a steady state."""
    return replace_timing(group_cells(ordinary.run)[1], "tf/xla", **UNSTEADY)


@pytest.fixture
def undrawn(monkeypatch):
    """Make figures without drawing their charts."""
    for name in ("ratio", "break_even", "start", "memory"):
        monkeypatch.setattr(figures, f"draw_{name}_chart", draw_nothing)


def texts(run, group):
    """Yield every text of a report about timing."""
    yield describe_steady_state(group)
    yield describe_payback(group)
    yield from (caution.text for caution in list_cautions(run, [group]))
    steady = verdict_tables.tabulate_steady_state(group, limits="")
    for table in (steady, *(make(group) for make in TABLES), *tabulate_brief(group)):
        yield table.note
        yield from (value.text for row in table.rows for value in row)
    for figure in (make(group) for make in FIGURES):
        yield figure.label if figure else ""


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("column", FLOATS)
def test_no_text_of_a_report_contains_a_missing_figure(ordinary, cnn, column):
    for variants in (["tf/xla"], ["torch/eager", "control"]):
        group = cnn
        for variant in variants:
            group = replace_timing(group, variant, **{column: nan})
        found = [plain(text) for text in texts(ordinary.run, group)]
        assert [text for text in found if BROKEN.search(text)] == []


@pytest.mark.parametrize("draw", [draw_start_chart, draw_memory_chart])
def test_no_label_of_a_bar_contains_a_missing_figure(cnn, draw):
    parts = dict.fromkeys(("import_s", "prepare_s", "import_rss_bytes"), nan)
    rows = draw(replace_timing(cnn, "tf/xla", **parts))["datasets"]["rows"]
    labels = [plain(row["label"]) for row in rows if "label" in row]
    assert [label for label in labels if "-" in label] == []


def test_a_variant_without_a_ratio_has_no_mark_in_the_chart(cnn):
    rows = draw_ratio_chart(replace_timing(cnn, "tf/function", ratio=nan))["datasets"]
    (row,) = (row for row in rows["rows"] if row["variant"] == "tf/function")
    assert "ratio" not in row
    assert row["text"] == "no ratio"


@pytest.mark.parametrize("column", ["ratio", "ratio_low"])
def test_an_unproven_control_without_a_ratio_is_not_in_the_answer(cnn, column):
    unproven = {"ratio": 1.031, "ratio_low": 1.012, "ratio_high": 1.051}
    group = replace_timing(cnn, "control", **unproven | {column: nan})
    assert "- its step time" not in plain(describe_steady_state(group))
