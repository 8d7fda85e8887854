"""Positions, ticks and colours of the charts."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from types import SimpleNamespace

import pytest

from compare.render.palette import assign_looks
from compare.render.svg import render_svg
from compare.report.agreement.trajectory_chart import spread_apart
from compare.report.timing.ratio_chart import choose_ticks, draw_ratio_chart
from compare.results.joining import group_cells
from compare.runs.folder import load_run
from tests.support.reading import plain
from tests.support.synthetic import with_timing


def test_labels_are_moved_apart_no_further_than_needed():
    placed = spread_apart([10.0, 11.0, 80.0], gap=15.0, limit=100.0)
    assert placed == pytest.approx([3.0, 18.0, 80.0])


def test_labels_stay_within_their_chart():
    placed = spread_apart([97.0, 98.0, 99.0], gap=15.0, limit=100.0)
    assert placed == pytest.approx([70.0, 85.0, 100.0])


@pytest.mark.parametrize(
    ("low", "high"), [(0.97, 1.04), (0.7, 3.2), (0.9, 1.5), (0.2, 40.0), (1e-3, 1e4)]
)
def test_an_axis_has_a_few_ticks_and_one_at_one(low, high):
    ticks = choose_ticks(low, high)
    assert 2 <= len(ticks) <= 5
    assert 1.0 in ticks
    assert all(low <= tick <= high for tick in ticks)
    assert all(one < other for one, other in pairwise(ticks))


def test_the_variants_of_four_frameworks_look_different():
    frameworks = ("torch", "jax", "keras[torch]", "keras[jax]")
    lines = [
        SimpleNamespace(framework=framework, variant=f"{framework}/{mode}")
        for framework in frameworks
        for mode in ("eager", "compiled")
    ]
    looks = assign_looks(lines)
    assert len({*map(str, looks.values())}) == len(lines)


def test_no_two_variants_look_the_same(ordinary):
    (comparison, _) = group_cells(ordinary.run)
    look = assign_looks(comparison.lines)
    assert len({each.colour for each in look.values()}) == 8
    by_framework = [
        {(each.dash, each.shape) for name, each in look.items() if name.startswith(fw)}
        for fw in ("torch/", "tf/")
    ]
    assert [len(each) for each in by_framework] == [5, 3]


def test_a_very_wide_interval_does_not_stretch_the_axis(made, tmp_path):
    wide = {"ratio_low": 1e-6, "ratio_high": 1e6}
    run = load_run(with_timing(made, "cnn", "tf/xla", **wide).write(tmp_path / "run"))
    domain = re.search(
        r'"type": "log", "domain": \[([^]]*)\]|"domain": \[([^]]*)\]',
        json.dumps(draw_ratio_chart(group_cells(run)[1])),
    )
    low, high = map(float, (domain[1] or domain[2]).split(","))
    assert low > 0.1
    assert high < 20


def test_a_chart_is_drawn_in_the_colours_of_the_page(ordinary):
    svg = render_svg(draw_ratio_chart(group_cells(ordinary.run)[0]), ident="x")
    colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', svg))
    assert {each for each in colours if not each.startswith(("var(", "none"))} <= {
        "transparent"
    }


def test_figures_in_a_chart_keep_their_digits(ordinary):
    svg = render_svg(draw_ratio_chart(group_cells(ordinary.run)[0]), ident="x")
    assert "0.78x (0.77-0.80)" in plain(svg)
