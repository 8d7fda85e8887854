"""Versions of a framework next to each other."""

from __future__ import annotations

import re

import pytest

from compare.report.timing.pair_tables import tabulate_installations
from compare.results.joining import group_cells
from compare.results.pairs import measure_pairs, pair_installations
from tests.support.installed_runs import labelled
from tests.support.synthetic import COSTS
from tests.support.two_runs import run


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_the_table_shows_the_planted_ratio_of_two_installations(factor):
    true = COSTS["cnn"]["torch/eager"][0] / COSTS["cnn"]["tf/eager"][0]
    found = labelled(run(seed=3, scale={("cnn", "tf/eager"): factor * true}.items()))
    groups = group_cells(found)
    pairs = measure_pairs(found, pair_installations(groups))
    (table,) = tabulate_installations(pairs, groups)
    row = next(row for row in table.rows if row[0].text == "cnn")
    shown = {c.title: v.text for c, v in zip(table.columns, row, strict=True)}
    shown_ratio = float(re.match(r"[\d.]+", shown["second / first"])[0])
    assert shown_ratio == pytest.approx(factor, rel=0.03)
    assert "→" in shown["first call, cold"]
    assert shown["agrees?"] == "agrees"
