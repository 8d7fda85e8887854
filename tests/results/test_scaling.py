"""How step times scale with replicas: speed-ups with intervals, and efficiency."""

from __future__ import annotations

import pytest

from compare.report.timing.scaling_chart import draw_scaling_chart
from compare.report.timing.scaling_tables import tabulate_scaling
from compare.results.joining import group_cells
from compare.results.scaling import find_scaling
from compare.results.sweep import find_sweeps
from tests.support.reading import plain
from tests.support.synthetic import COSTS
from tests.support.two_runs import run

NUMBERS = {"cnn": 1, "two_layer": 2}  # the workloads of a run as points of a sweep


def scale(*, launches=12, size="replicas"):
    found = run(seed=3, launches=launches)
    request = found.record.request
    request.swept_size = size
    for workload in request.workloads:
        workload.swept, workload.replicas = "net", NUMBERS[workload.label]
    return find_scaling(found, find_sweeps(found.record, group_cells(found)))


def steps_of(scaling, variant):
    return [step for step in scaling.steps if step.variant == variant]


def test_a_speedup_is_the_ratio_of_step_times_and_its_interval_contains_the_true_one():
    (scaling,) = scale()
    one, two = steps_of(scaling, "tf/function")
    true = COSTS["cnn"]["tf/function"][0] / COSTS["two_layer"]["tf/function"][0]
    assert (scaling.heading, scaling.numbers) == ("net", (1, 2))
    assert (one.replicas, one.speedup.estimate, one.efficiency) == (1, 1, 1)
    assert two.speedup.low < true < two.speedup.high
    assert two.efficiency == pytest.approx(two.speedup.estimate / 2)


def test_a_run_that_swept_another_size_has_no_scaling():
    assert scale(size="") == ()


def test_a_single_launch_gives_a_speedup_without_an_interval():
    (scaling,) = scale(launches=1)
    shown = [row[3].text for row in tabulate_scaling(scaling).rows]
    assert plain(shown[0]) == "1"
    assert "(no interval)" in plain(shown[1])


def test_the_table_and_the_chart_show_every_number_of_replicas():
    (scaling,) = scale()
    table = tabulate_scaling(scaling)
    rows = draw_scaling_chart(scaling)["datasets"]["rows"]
    assert len(table.rows) == len(rows) == 2 * len({s.variant for s in scaling.steps})
    assert "Strong scaling: the batch is the same" in table.note
    assert all(row["low"] <= row["speedup"] <= row["high"] for row in rows)
