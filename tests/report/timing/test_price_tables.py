"""The price of changing shapes is shown by variant and size, and never as compiled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compare.report.timing.figures import make_price_figure
from compare.report.timing.price_chart import draw_price_chart
from compare.report.timing.price_tables import tabulate_price, tabulate_workloads
from compare.results.joining import group_cells
from compare.results.sweep import find_sweeps
from compare.runs.folder import load_run
from compare.runs.words import CaptureVerdict, Status
from tests.support.reading import plain
from tests.support.synthetic import synthetic, with_timing

SHAPES = {"two_layer": 1, "cnn": 64}
FELL_BACK = {"captures": "not captured", "captures_count": 8, "recaptures": 3}


def make_sweep(folder, *, shapes=SHAPES, of_compile=None, bases=("net", "net")):
    """Return the sweeps of a run over the number of shapes."""
    made = synthetic()
    for label, number in shapes.items():
        for cell in made.record.cells:
            if cell.workload == label:
                made = with_timing(made, label, cell.variant, first_call_steps=number)
    if of_compile:
        made = with_timing(made, "cnn", "torch/compile", **of_compile)
    request = made.record.request
    request.swept_size = "lengths"
    for workload, base in zip(request.workloads, bases, strict=True):
        workload.swept, workload.config = base, {"lengths": SHAPES[workload.label]}
    run = load_run(made.write(folder / "run"))
    return find_sweeps(run.record, group_cells(run))


def read_rows(table, *, variant):
    titles = [column.title for column in table.columns]
    return [
        dict(zip(titles, (plain(value.text) for value in row), strict=True))
        for row in table.rows
        if row[0].text == variant
    ]


def test_every_variant_has_its_costs_at_every_size(tmp_path):
    of_compile = {
        "step_time_ns": 2e6,
        "first_call_cold_s": 128.0,
        "captures_count": 64,
        "recaptures": 0,
        "break_even_steps": 6400.0,
        "peak_rss_bytes": 2.0**30,
    }
    (sweep,) = make_sweep(tmp_path, of_compile=of_compile)
    (table,) = tabulate_price(sweep)
    one, many = read_rows(table, variant="torch/compile")
    assert (one["lengths"], many["lengths"]) == ("1", "64")
    assert many["steps per second"] == "500"
    assert (many["captured"], many["recaptured"]) == ("64", "0")
    assert (many["first calls, cold"], many["per shape"]) == ("2 min 08 s", "2.00 s")
    assert many["break-even, steps per shape"] == "100"
    assert many["peak memory"] == "1,020 MiB"


def test_a_sweep_whose_shapes_do_not_change_has_no_price(tmp_path):
    (sweep,) = make_sweep(tmp_path, shapes={"two_layer": 1, "cnn": 1})
    assert list(tabulate_price(sweep)) == []
    assert make_price_figure(sweep) is None


def test_a_mode_that_fell_back_is_never_shown_as_compiled(tmp_path):
    """Planted: a variant whose session stopped capturing after eight shapes."""
    (sweep,) = make_sweep(tmp_path, of_compile=FELL_BACK)
    (swept,) = [s for s in sweep.variants if s.variant == "torch/compile"]
    (low, first), (high, last) = swept.cells
    last.cell.captures = "not captured"
    last.cell.capture_verdict = CaptureVerdict.FELL_BACK
    swept = replace(swept, cells=((low, first), (high, last)))
    (table,) = tabulate_price(replace(sweep, variants=(swept,)))
    one, many = read_rows(table, variant="torch/compile")
    assert "forward" in one["captures"]
    assert many["captures"] == "not captured, fell back to eager"
    assert (many["captured"], many["recaptured"]) == ("8", "3")
    rows = draw_price_chart(sweep)["datasets"]["rows"]
    hollow = [(r["variant"], r["size"]) for r in rows if r["fell_back"]]
    assert hollow == [("torch/compile", 64.0)]


def test_a_cell_that_failed_has_its_reason(tmp_path):
    (sweep,) = make_sweep(tmp_path)
    (swept,) = [s for s in sweep.variants if s.variant == "torch/compile"]
    _, last = swept.cells[-1]
    last.cell.status, last.cell.reason = Status.FAILED, "compiles at most 8"
    failed = replace(last, timing=None)
    swept = replace(swept, cells=(swept.cells[0], (64.0, failed)))
    others = [s for s in sweep.variants if s.variant != swept.variant]
    (table,) = tabulate_price(replace(sweep, variants=(*others, swept)))
    _, many = read_rows(table, variant="torch/compile")
    assert many["reason"] == "compiles at most 8"
    assert many["steps per second"] == "failed"


@pytest.mark.parametrize(("bases", "count"), [(("net", "net"), 0), (("a", "b"), 1)])
def test_several_workloads_are_shown_next_to_each_other(tmp_path, bases, count):
    tables = list(tabulate_workloads(make_sweep(tmp_path, bases=bases)))
    assert len(tables) == count
    for table in tables:
        rows = read_rows(table, variant="tf/function")
        assert [row["workload"] for row in rows] == ["a", "b"]
        names = [row[0].text for row in table.rows]
        assert names == sorted(names, key=names.index)


def test_a_rate_of_eager_steps_is_marked_between_workloads(tmp_path):
    sweeps = make_sweep(tmp_path, bases=("a", "b"), of_compile=FELL_BACK)
    (table,) = tabulate_workloads(sweeps)
    _, other = read_rows(table, variant="torch/compile")
    assert other["64"].endswith("(not captured)")
