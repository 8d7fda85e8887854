"""The cells of a run, and what tables show as captured."""

from __future__ import annotations

import pytest

from compare.contract import Captures
from compare.pipeline.plan import describe_captures, plan_cells
from compare.pipeline.request import RunOptions, build_request


def plan_two_layer(**chosen):
    """Return the cells of an agreement check on two_layer."""
    options = RunOptions(workloads=("two_layer",), **chosen)
    return plan_cells(build_request(options, timed=False))


def test_a_mode_has_no_cell_on_a_device_for_which_it_does_not_exist():
    assert "torch/cudagraph" not in {cell.variant for cell in plan_two_layer()}
    both = plan_two_layer(devices=("cpu", "cuda"))
    where = {cell.device for cell in both if cell.variant == "torch/cudagraph"}
    assert where == {"cuda"}


def test_a_requested_mode_that_does_not_exist_on_the_device_names_the_option():
    (cell,) = plan_two_layer(variants=("torch/cudagraph",))
    assert cell.status == "not run"
    assert cell.reason == "exists on cuda only; select it with --device cuda"


@pytest.mark.parametrize(
    ("family", "measured", "shown"),
    [
        ("dynamic", Captures.NONE, "none"),
        ("static", Captures.FORWARD, "forward"),
        ("static", Captures.NONE, "not captured"),
    ],
)
def test_a_static_mode_that_ran_eagerly_is_not_captured(family, measured, shown):
    assert describe_captures(family, measured=measured) == shown
