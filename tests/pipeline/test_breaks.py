"""Graph breaks, refusals and frozen values of users' models reach the results."""

from __future__ import annotations

import pytest

from compare import api
from compare.contract import BreakCause, BreakKind
from compare.runs.words import Status
from tests.support.long import long_test
from tests.support.planted import FOLDER, read_planted


def check_planted(name, *variants, out):
    """Check a planted model in a few modes, and return the run and the break."""
    planted = read_planted(FOLDER / f"{name}.py")
    checked = api.check(
        f"{planted.framework}={planted.file}:Net",
        variants=variants,
        timed=False,
        out=out,
        progress=False,
    )
    return checked.run, planted


def rows_of(run, mode):
    return run.breaks[run.breaks["mode"] == mode].to_dict("records")


@long_test
@pytest.mark.torch
def test_a_branch_is_frozen_by_a_trace_and_refused_by_a_whole_step(tmp_path):
    run, planted = check_planted(
        "torch/branch", "torch/trace", "torch/compile-step", out=tmp_path / "run"
    )
    kinds = {"trace": BreakKind.FROZEN, "compile-step": BreakKind.REFUSED}
    for mode, kind in kinds.items():
        (row,) = rows_of(run, mode)
        assert (row["kind"], row["cause"]) == (kind, BreakCause.VALUE_BRANCH)
        assert (row["file"], row["line"]) == (str(planted.file), planted.line)
    page = (tmp_path / "run" / "report.md").read_text("utf-8")
    assert f"branch.py:{planted.line}" in page


@long_test
@pytest.mark.torch
def test_what_torchscript_refuses_is_found_with_its_line(tmp_path):
    run, planted = check_planted("torch/clock", "torch/script", out=tmp_path / "run")
    (row,) = rows_of(run, "script")
    assert row["line"] == planted.line
    assert (row["kind"], row["cause"]) == (BreakKind.REFUSED, planted.cause)


@long_test
@pytest.mark.tf
def test_what_autograph_refuses_is_found_with_its_line_and_on_the_card(tmp_path):
    run, planted = check_planted("tf/branch", "tf/function", out=tmp_path / "run")
    (row,) = rows_of(run, "function")
    assert row["line"] == planted.line
    assert (row["kind"], row["cause"]) == (BreakKind.REFUSED, planted.cause)
    (examined,) = [each for each in run.record.examined if each.mode == "function"]
    assert [each.line for each in examined.breaks] == [planted.line]
    (cell,) = [each for each in run.record.cells if each.mode == "function"]
    assert cell.status is Status.NOT_RUN


@long_test
@pytest.mark.torch
def test_a_model_without_breaks_has_no_rows(tmp_path):
    (tmp_path / "net.py").write_text(
        "from torch import nn\n\n\nclass Net(nn.Sequential):\n"
        "    def __init__(self):\n        super().__init__(nn.Linear(8, 4))\n"
    )
    checked = api.check(
        f"torch={tmp_path / 'net.py'}:Net",
        variants=("torch/script", "torch/trace"),
        timed=False,
        out=tmp_path / "run",
        progress=False,
    )
    assert len(checked.run.breaks) == 0
