"""Which cells a run has, and what a table says was captured."""

from __future__ import annotations

import pytest

from compare.pipeline.plan import describe_captures, plan_cells
from compare.pipeline.request import RunOptions, build_request


def cells(**chosen):
    """The cells of an agreement check on two_layer."""
    options = RunOptions(workloads=("two_layer",), **chosen)
    return plan_cells(build_request(options, timed=False))


def test_a_mode_of_one_device_is_no_cell_on_another():
    assert "torch/cudagraph" not in {cell.variant for cell in cells()}
    both = cells(devices=("cpu", "cuda"))
    where = {cell.device for cell in both if cell.variant == "torch/cudagraph"}
    assert where == {"cuda"}


def test_a_mode_asked_for_where_it_does_not_exist_is_not_run_with_the_remedy():
    (cell,) = cells(variants=("torch/cudagraph",))
    assert cell.status == "not run"
    assert cell.reason == "exists on cuda alone; ask for it with --device cuda"


@pytest.mark.parametrize(
    ("family", "measured", "said"),
    [
        ("dynamic", "none", "none"),
        ("static", "forward", "forward"),
        ("static", "none", "not captured"),
    ],
)
def test_a_static_mode_that_ran_eagerly_is_not_captured(family, measured, said):
    assert describe_captures(family, measured=measured) == said
