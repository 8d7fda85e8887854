"""A grid of two sizes: costs of a step and a unit, and the fastest variant."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compare.contract import Captures
from compare.render.table import Value
from compare.report.run.outline import build_outline
from compare.report.timing.grid_chart import draw_region_chart, draw_step_time_chart
from compare.report.timing.grid_figures import make_grid_figures
from compare.report.timing.grid_tables import describe_fastest, tabulate_grid
from compare.results.grid import OpenReason, find_grids
from compare.results.joining import group_cells
from compare.results.sweep import find_sweeps
from compare.runs.folder import load_run
from tests.support.grids import BATCH, ELEMENT_NS, OPERATIONS, TRUTHS, WIDTHS, grid_run
from tests.support.synthetic import synthetic


def grid_of(run):
    (grid,) = find_grids(run, group_cells(run))
    return grid


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return grid_run(tmp_path_factory.mktemp("grid") / "run")


@pytest.fixture(scope="module")
def grid(run):
    return grid_of(run)


def test_a_run_without_a_grid_has_none(tmp_path):
    run = load_run(synthetic().write(tmp_path / "run"))
    assert find_grids(run, group_cells(run)) == ()


def test_every_combination_is_a_point(grid):
    assert (grid.heading, grid.sizes) == ("chain", ("operations", "width"))
    assert grid.values_along == OPERATIONS
    assert grid.values_across == WIDTHS
    assert len(grid.points) == len(OPERATIONS) * len(WIDTHS)


def test_a_grid_is_no_sweep(run):
    assert find_sweeps(run.record, group_cells(run)) == ()


def test_fixed_cost_and_cost_per_operation_are_recovered(grid):
    assert len(grid.lines) == len(TRUTHS) * len(WIDTHS)
    covered = 0
    for each in grid.lines:
        truth = TRUTHS[each.variant]
        slope = truth.per_operation(each.across)
        assert each.line.fixed.estimate == pytest.approx(truth.fixed, rel=0.02)
        assert each.line.per_unit.estimate == pytest.approx(slope, rel=0.06)
        covered += each.line.fixed.low < truth.fixed < each.line.fixed.high
        covered += each.line.per_unit.low < slope < each.line.per_unit.high
    assert covered >= 10  # of 12 intervals, each at 95%


def test_dispatch_is_the_cost_without_the_bare_kernel(grid):
    for each in grid.lines:
        kernel = 2 * BATCH * each.across * ELEMENT_NS
        assert each.kernel_ns == pytest.approx(kernel)
        slope = each.line.per_unit
        assert each.dispatch.estimate == pytest.approx(slope.estimate - kernel)
        assert each.dispatch.high - each.dispatch.low == pytest.approx(
            slope.high - slope.low
        )


def test_a_fused_chain_takes_less_than_its_bare_kernels(grid):
    lines = {(each.variant, each.across): each for each in grid.lines}
    fused = lines["torch/compile", 512]
    assert fused.dispatch.high < 0


@pytest.mark.parametrize("width", WIDTHS)
def test_the_fastest_variant_is_the_true_one(grid, width):
    for operations in OPERATIONS:
        times = {n: t.step_ns(operations, width) for n, t in TRUTHS.items()}
        fastest = min(times, key=times.__getitem__)
        found = describe_fastest(grid, along=operations, across=width)
        gap = sorted(times.values())[1] / times[fastest]
        if gap > 1.1:
            assert found == fastest
    found = {describe_fastest(grid, along=n, across=width) for n in OPERATIONS}
    assert {"torch/eager", "torch/compile"} <= found


def test_equal_variants_are_not_decided(tmp_path):
    twins = {"torch/eager": TRUTHS["torch/eager"], "tf/function": TRUTHS["torch/eager"]}
    grid = grid_of(grid_run(tmp_path / "run", truths=twins, spread=0.02))
    found = [point.open_reason for point in grid.points]
    assert found.count(OpenReason.CLOSE) + found.count(OpenReason.UNPROVEN) >= 7
    text = describe_fastest(grid, along=1, across=8)
    assert text.startswith(("not decided (", "unproven"))


def test_an_unproven_point_has_no_fastest_variant(tmp_path):
    grid = grid_of(grid_run(tmp_path / "run", control=1.2))
    assert {point.open_reason for point in grid.points} == {OpenReason.UNPROVEN}
    assert all(row["colour"] == "var(--paper)" for row in region_rows(grid))


def with_cell(point, variant, change):
    """Return a point with another cell of a variant."""
    cells = tuple(
        change(cell) if cell.variant == variant else cell for cell in point.group.lines
    )
    return replace(point, group=replace(point.group, lines=cells))


def disagree(cell):
    class Wrong:
        agrees = False

    return replace(cell, agreement=Wrong())


def capture_nothing(cell):
    stored = type(cell.cell)(
        **{f: getattr(cell.cell, f) for f in cell.cell.__struct_fields__}
    )
    stored.captures = Captures.NOT_CAPTURED
    return replace(cell, cell=stored)


@pytest.mark.parametrize("change", [disagree, capture_nothing])
def test_a_wrong_or_uncaptured_result_is_never_the_fastest(grid, change):
    point = grid.find(along=1000, across=8)
    assert point.fastest.variant == "torch/compile"
    assert with_cell(point, "torch/compile", change).fastest.variant == "tf/function"


def test_one_timed_variant_is_no_comparison(grid):
    point = grid.find(along=1, across=8)
    for variant in ("tf/function", "torch/compile"):
        point = with_cell(point, variant, lambda cell: replace(cell, timing=None))
    assert point.open_reason is OpenReason.NOT_TIMED


def test_a_point_that_is_missing_is_not_reached(grid):
    fewer = replace(grid, points=grid.points[1:])
    assert describe_fastest(fewer, along=1, across=8) == "not reached"


def test_the_tables_have_every_point_and_every_line(grid):
    fastest, costs = tabulate_grid(grid)
    assert [row[0].text for row in fastest.rows] == ["512", "8"]
    assert len(fastest.columns) == 1 + len(OPERATIONS)
    assert fastest.rows[0][-1] == Value(text="torch/compile")
    assert len(costs.rows) == len(grid.lines)
    titles = [column.title for column in costs.columns]
    assert titles[2:6] == [
        "fixed cost per step",
        "cost per operation",
        "bare kernel",
        "dispatch per operation",
    ]
    assert all("±" in row[3].text for row in costs.rows)


def region_rows(grid):
    return draw_region_chart(grid)["datasets"]["rows"]


def test_a_region_has_the_name_and_the_colour_of_its_variant(grid):
    rows = region_rows(grid)
    assert len(rows) == len(grid.points)
    colours = {row["label"]: row["colour"] for row in rows}
    named = set(TRUTHS) & set(colours)
    assert len({colours[name] for name in named}) == len(named)
    assert "var(--paper)" not in {colours[name] for name in named}


def test_the_chart_of_step_times_has_every_timed_point(grid):
    rows = draw_step_time_chart(grid)["datasets"]["rows"]
    assert len(rows) == len(grid.points) * len(TRUTHS)


def test_the_figures_describe_every_point_in_words(grid):
    regions, _ = make_grid_figures(grid)
    for point in grid.points:
        assert f"operations {point.along:g}, width {point.across:g}:" in regions.label


def test_a_report_shows_the_grid_in_place_of_its_points(run):
    outline = build_outline(run)
    (section,) = (each for each in outline.sections if each.ident == "grid")
    assert len(section.figures) == 2
    assert [table.caption for table in outline.brief] == [
        table.caption for table in section.tables
    ]
