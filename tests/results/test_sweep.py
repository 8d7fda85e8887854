"""What a sweep over a size shows: sides of the baseline, crossings, costs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compare.report.timing.sweep_chart import draw_sweep_chart
from compare.report.timing.sweep_tables import describe_crossing, tabulate_sweep
from compare.results.joining import group_cells
from compare.results.sweep import find_sweeps
from compare.runs.folder import load_run
from tests.support.reading import plain
from tests.support.synthetic import synthetic, with_timing

SLOWER = {"ratio": 2.0, "ratio_low": 1.9, "ratio_high": 2.1}
FASTER = {"ratio": 0.5, "ratio_low": 0.45, "ratio_high": 0.55}
OPEN = {"ratio": 1.0, "ratio_low": 0.9, "ratio_high": 1.1}


@pytest.fixture
def swept(tmp_path):
    """Return a function: a sweep of two values, with figures of tf/function at each."""

    def make(*figures, values=(8, 64)):
        made = synthetic()
        for label, value in zip(("two_layer", "cnn"), values, strict=True):
            figure = figures[values.index(value)] if figures else {}
            made = with_timing(made, label, "tf/function", **figure)
        request = made.record.request
        request.swept_size = "batch"
        for workload, value in zip(request.workloads, values, strict=True):
            workload.swept, workload.config = "net", {"batch": value}
        run = load_run(made.write(tmp_path / "run"))
        (sweep,) = find_sweeps(run.record, group_cells(run))
        return sweep

    return make


def variant_of(sweep, name="tf/function"):
    return next(each for each in sweep.variants if each.variant == name)


def test_a_run_without_a_sweep_has_none(tmp_path):
    run = load_run(synthetic().write(tmp_path / "run"))
    assert find_sweeps(run.record, group_cells(run)) == ()


def test_points_are_ordered_by_value_and_have_the_name_of_the_workload(swept):
    sweep = swept(values=(64, 8))
    assert (sweep.heading, sweep.size, sweep.values) == ("net", "batch", (8.0, 64.0))
    assert [value for value, _ in variant_of(sweep).cells] == [8.0, 64.0]
    assert variant_of(sweep).cells[0][1].cell.workload == "cnn"


@pytest.mark.parametrize(
    ("figures", "text"),
    [
        ((SLOWER, FASTER), "from about 23 on (20-25)"),
        ((FASTER, SLOWER), "up to about 23 (20-25)"),
        ((FASTER, FASTER), "always"),
        ((SLOWER, SLOWER), "never"),
        ((OPEN, OPEN), "not decided"),
        ((OPEN, FASTER), "at 64"),
        ((SLOWER, OPEN), "not at 8"),
    ],
)
def test_where_a_variant_takes_less_time_is_described(swept, figures, text):
    sweep = swept(*figures)
    assert plain(describe_crossing(variant_of(sweep), sweep)) == text


def test_the_crossing_is_interpolated_on_logarithmic_axes(swept):
    (crossing,) = variant_of(swept(SLOWER, FASTER)).crossings
    assert (crossing.low, crossing.high) == (8.0, 64.0)
    assert crossing.at.estimate == pytest.approx((8 * 64) ** 0.5)
    assert crossing.low < crossing.at.low < crossing.at.estimate
    assert crossing.at.estimate < crossing.at.high < crossing.high
    assert crossing.is_faster


def test_undecided_values_between_narrow_the_crossing(swept):
    variant = variant_of(swept(SLOWER, FASTER))
    (low, slower), (high, faster) = variant.cells
    open_ = replace(slower, timing=replace(slower.timing, **{**OPEN, "ratio": 1.05}))
    cells = ((low, slower), (32.0, open_), (high, faster))
    (crossing,) = replace(variant, cells=cells).crossings
    assert (crossing.low, crossing.high) == (low, high)
    assert 32 < crossing.at.estimate < 40


def test_two_points_give_no_line(swept):
    assert variant_of(swept()).line is None


def test_three_points_give_the_fixed_cost_and_that_of_a_unit(swept):
    variant = variant_of(swept())
    timing = variant.timed[0][1]
    times = {1.0: 110.0, 2.0: 120.0, 4.0: 140.0}
    cells = [
        (value, replace(variant.first, timing=replace(timing, step_time_ns=time)))
        for value, time in times.items()
    ]
    line = replace(variant, cells=tuple(cells)).line
    assert line.fixed == pytest.approx(100)
    assert line.per_unit == pytest.approx(10)


def test_the_tables_have_a_column_for_each_value_and_the_costs(swept):
    ratios, costs = tabulate_sweep(swept(SLOWER, FASTER))
    assert ratios.caption == "net: step time against torch/eager, by batch"
    titles = [column.title for column in ratios.columns]
    assert titles == ["variant", "8", "64"]
    (row,) = [row for row in ratios.rows if row[0].text == "tf/function"]
    assert plain(row[1].text) == "2.00x (1.90-2.10)"
    assert costs.columns[3].title == "per unit of batch"


def test_the_chart_has_a_point_for_each_ratio(swept):
    spec = draw_sweep_chart(swept(SLOWER, FASTER))
    points = spec["datasets"]["rows"]
    assert {
        (p["size"], p["ratio"]) for p in points if p["variant"] == "tf/function"
    } == {
        (8.0, 2.0),
        (64.0, 0.5),
    }
    assert "torch/eager" not in {point["variant"] for point in points}
