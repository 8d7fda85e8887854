"""Errors along a trajectory, the band that rounding explains, and their growth."""

from __future__ import annotations

import math
from itertools import pairwise
from math import inf, isinf, nan

import pytest

from compare.render.palette import assign_looks
from compare.render.svg import FONT_SIZE
from compare.report.agreement.trajectory import trajectories
from compare.report.agreement.trajectory_chart import HEIGHT, trajectory_chart
from compare.report.agreement.trajectory_tables import tabulate_errors, tabulate_growth
from compare.results.joining import group_cells
from compare.runs.folder import load_run
from tests.support.reading import plain
from tests.support.synthetic import (
    EPSILON,
    GROWTH,
    TOLERANCE_FLOORS,
    rows_of,
    with_error,
    with_rows,
)

# Of cnn's five tensors, whose floors are 1 to 5 units and grow at every step.
FLOOR = {step: 5 * EPSILON["float32"] * GROWTH**step for step in range(20)}


@pytest.fixture
def followed(tmp_path):
    """Write a run and return the trajectories of cnn by dtype."""

    def trajectory(made):
        _, cnn = group_cells(load_run(made.write(tmp_path / "run")))
        return {each.dtype: each for each in trajectories(cnn)}

    return trajectory


@pytest.fixture
def drawn(tmp_path):
    """Write a run and return the specification of cnn's chart in float32."""

    def spec(made):
        _, cnn = group_cells(load_run(made.write(tmp_path / "run")))
        (found,) = (each for each in trajectories(cnn) if each.dtype == "float32")
        return trajectory_chart(found, comparison=cnn)

    return spec


def rows_by_name(table):
    return {row[0].text: [plain(value.text) for value in row[1:]] for row in table.rows}


def test_the_proof_has_a_trajectory_of_its_own(made, followed):
    assert list(followed(made)) == ["float64", "float32"]


def test_an_error_is_the_largest_of_any_tensor_at_each_step(made, followed):
    rows = made.agreement[
        rows_of(made.agreement, "cnn", "tf/xla")
        & (made.agreement["check"] == "trajectory")
        & (made.agreement["dtype"] == "float32")
    ]
    largest = rows.groupby("step")["max_rel_error"].max().to_dict()
    assert followed(made)["float32"].errors["tf/xla"] == pytest.approx(largest)


def test_the_band_is_between_the_floor_and_the_tolerance(made, followed):
    trajectory = followed(made)["float32"]
    tolerance = {step: value * TOLERANCE_FLOORS for step, value in FLOOR.items()}
    assert trajectory.floor == pytest.approx(FLOOR)
    assert trajectory.tolerance == pytest.approx(tolerance)


def test_a_wider_tolerance_of_one_variant_does_not_widen_the_band(made, followed):
    wide = rows_of(made.agreement, "cnn", "tf/xla")
    made.agreement.loc[wide, "tolerance"] *= 2
    narrow = {step: value * TOLERANCE_FLOORS for step, value in FLOOR.items()}
    assert followed(made)["float32"].tolerance == pytest.approx(narrow)


def test_a_tensor_of_zeros_has_no_relative_error(made, followed):
    zeros = (made.agreement["quantity"] == "loss") & (made.agreement["step"] == 4)
    trajectory = followed(with_rows(made, zeros, max_rel_error=inf))["float32"]
    assert not any(isinf(errors[4]) for errors in trajectory.errors.values())


def test_the_table_lists_the_growth_of_variants_and_band(made, followed):
    table = rows_by_name(tabulate_growth(followed(made)["float32"]))
    assert list(table)[-2:] == ["rounding floor", "tolerance"]
    assert table["rounding floor"] == ["x1.05", "-"]
    assert table["tolerance"] == ["x1.05", "-"]
    assert table["tf/xla"][1] == "never"
    assert float(table["tf/xla"][0].removeprefix("x")) == pytest.approx(1.05, abs=0.15)


def test_the_table_lists_the_first_step_out_of_tolerance(made, followed):
    spoiled = with_error(made, "cnn", "tf/xla", times=14, step=3)
    assert (
        rows_by_name(tabulate_growth(followed(spoiled)["float32"]))["tf/xla"][1]
        == "step 3"
    )


def test_a_ring_marks_the_first_step_out_of_tolerance(made, drawn):
    spec = drawn(with_error(made, "cnn", "tf/xla", times=14, step=3))
    (ring,) = spec["datasets"]["left"]
    assert (ring["variant"], ring["step"]) == ("tf/xla", 3)


def test_an_error_that_is_not_finite_is_marked_at_the_upper_edge(made, drawn):
    spec = drawn(with_error(made, "cnn", "tf/xla", times=nan, step=3))
    (ring,) = spec["datasets"]["left"]
    highest = max(row["error"] for row in spec["datasets"]["rows"])
    assert ring["error"] >= highest
    assert all(
        row["step"] < 3
        for row in spec["datasets"]["rows"]
        if row["variant"] == "tf/xla"
    )


def test_without_errors_out_of_tolerance_nothing_is_marked(made, drawn):
    assert drawn(made)["datasets"]["left"] == []


def test_the_band_is_open_where_rounding_may_change_every_digit(made, drawn):
    late = (made.agreement["check"] == "trajectory") & (made.agreement["step"] >= 10)
    spec = drawn(with_rows(made, late, tolerance=inf, verdict="undecided"))
    high = max(row["tolerance"] for row in spec["datasets"]["band"])
    edge = [row for row in spec["datasets"]["rows"] if row["variant"] == "tolerance"]
    assert high == 1
    assert {row["step"] for row in edge} == set(range(10))


def test_an_undecided_trajectory_is_not_reported_as_within_tolerance(made, followed):
    trajectory = made.agreement["check"] == "trajectory"
    open_ = followed(with_rows(made, trajectory, verdict="undecided"))["float32"]
    assert rows_by_name(tabulate_growth(open_))["tf/xla"][1] == "undecided"


def test_a_partly_decided_trajectory_is_within_tolerance_only_where_decided(
    made, followed
):
    late = (made.agreement["check"] == "trajectory") & (made.agreement["step"] >= 10)
    open_ = followed(with_rows(made, late, verdict="undecided"))["float32"]
    assert rows_by_name(tabulate_growth(open_))["tf/xla"][1] == "never where decided"


def test_a_table_contains_every_figure_of_the_chart(made, followed):
    table = tabulate_errors(followed(made)["float32"])
    titles = [column.title for column in table.columns]
    assert titles[0] == "step"
    assert titles[-2:] == ["rounding floor", "tolerance"]
    assert len(titles) == 11
    assert len(table.rows) == 20


def test_labels_at_the_ends_of_the_lines_do_not_overlap(made, drawn):
    spec = drawn(made)
    labels = next(d for d in spec["datasets"].values() if d and "place" in d[0])
    low, high = spec["layer"][0]["encoding"]["y"]["scale"]["domain"]
    pixel = HEIGHT / math.log10(high / low)
    heights = sorted(pixel * math.log10(label["place"]) for label in labels)
    assert len(labels) == 10  # eight variants and both edges of the band
    assert all(above - below > FONT_SIZE for below, above in pairwise(heights))


def test_variants_have_the_same_colours_in_every_chart(made, drawn, tmp_path):
    spec = drawn(made)
    _, cnn = group_cells(load_run(tmp_path / "run"))
    colours = {
        name: colour
        for layer in spec["layer"]
        if (scale := layer.get("encoding", {}).get("color", {}).get("scale"))
        for name, colour in zip(scale["domain"], scale["range"], strict=True)
    }
    look = assign_looks(cnn.lines)
    assert {name: colours[name] for name in look} == {
        name: each.colour for name, each in look.items()
    }
