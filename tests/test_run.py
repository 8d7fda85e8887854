"""A run goes on around whatever fails in it."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from rich.console import Console

import compare
from compare import plan, request, results
from compare.environment import machine
from compare.errors import RunError, UsageError
from compare.progress import Reporter
from compare.run import execute, expected_s, finish, same_machine

WORKER = str(Path(__file__).with_name("dying_worker.py"))


@pytest.fixture
def choice(small_suite):
    """The options of a command line that names three variants of one workload."""
    return {
        "workloads": ("two_layer",),
        "variants": ("torch/eager", "torch/script", "torch/trace"),
        "devices": ("cpu",),
        "dtypes": ("float32",),
        "suite_name": str(small_suite),
        "threads": 1,
        "data": None,
        "image_size": None,
        "seed": 0,
    }


def run(choice, folder, *, dies, how="dies"):
    """Execute a request with workers of one mode that die when timed."""
    asked = request.read(choice, timed=True)
    cells = plan.plan(asked)
    record = results.RunRecord(
        run_id="r",
        created="now",
        request=asked,
        baseline=plan.baseline_of(cells),
        cells=cells,
    )
    results.create(folder, record)
    reporter = Reporter(
        console=Console(file=io.StringIO()),
        expected_s=expected_s(record),
        record=record,
    )
    with reporter:
        execute(
            folder,
            record,
            reporter=reporter,
            command=(sys.executable, WORKER, dies, how),
        )
    finish(folder)
    return compare.load_run(folder)


@pytest.mark.torch
def test_a_worker_that_dies_while_timed_fails_its_own_cell_alone(choice, tmp_path):
    done = run(choice, tmp_path / "run", dies="trace")
    cells = done.cells.set_index("mode")
    assert dict(cells["status"]) == {"eager": "ok", "script": "ok", "trace": "failed"}
    reason = cells.loc["trace", "reason"]
    assert "exited with code 3" in reason
    assert "out of luck" in reason
    assert set(done.timing["mode"]) == {"eager", "script", "control"}
    assert set(done.samples["launch"]) == {0, 1}


@pytest.mark.torch
def test_without_its_baseline_the_rest_is_still_measured(choice, tmp_path):
    done = run(choice, tmp_path / "run", dies="eager")
    timing = done.timing.set_index("mode")
    assert set(timing.index) == {"script", "trace"}
    assert timing["ratio"].isna().all()
    assert (timing["step_time_ns"] > 0).all()
    assert any("control failed" in note for note in done.record.notes)


def test_the_first_variant_asked_for_is_the_baseline(choice):
    chosen = choice | {"variants": ("tf/xla", "torch/eager")}
    cells = plan.plan(request.read(chosen, timed=True))
    assert plan.baseline_of(cells) == "tf/xla"


def test_a_baseline_that_cannot_run_gives_way_to_the_next(choice, monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    chosen = choice | {"variants": ("torch/compile", "torch/eager")}
    cells = plan.plan(request.read(chosen, timed=True))
    assert plan.baseline_of(cells) == "torch/eager"


@pytest.mark.torch
def test_a_worker_that_saves_nothing_fails_its_own_cell_alone(choice, tmp_path):
    done = run(choice, tmp_path / "run", dies="trace", how="lies")
    cells = done.cells.set_index("mode")
    assert dict(cells["status"]) == {"eager": "ok", "script": "ok", "trace": "failed"}
    assert "expected arrays in snapshot.npz" in cells.loc["trace", "reason"]


@pytest.mark.torch
def test_a_profile_that_fails_is_a_note_and_no_failed_cell(choice, tmp_path):
    done = run(choice | {"profile": True}, tmp_path / "r", dies="trace", how="profiles")
    assert set(done.cells["status"]) == {"ok"}
    assert set(done.profile["mode"]) == {"eager", "script"}
    (note,) = done.record.notes
    assert "two_layer torch/trace was not profiled" in note
    assert "nothing to see here" in note
    assert note[:40] in (tmp_path / "r" / "report.md").read_text().replace("\\", "")


@pytest.mark.torch
def test_a_run_that_began_on_another_machine_is_not_resumed(choice, tmp_path):
    asked = request.read(choice, timed=False)
    record = results.RunRecord(
        run_id="r",
        created="now",
        request=asked,
        baseline="torch/eager",
        environment={"processor": "Some Other CPU"},
    )
    with pytest.raises(RunError, match="began on Some Other CPU"):
        same_machine(record, here=machine())


def test_a_request_keeps_the_order_and_drops_repetitions(choice):
    chosen = choice | {"variants": ("torch/trace", "torch/eager", "torch/trace")}
    asked = request.read(chosen, timed=False)
    assert asked.variants == ["torch/trace", "torch/eager"]
    assert asked.launches == 0


def test_agreement_takes_several_dtypes_and_timing_one(choice):
    several = choice | {"dtypes": ("float32", "bfloat16", "float32")}
    asked = request.read(several, timed=False)
    assert asked.dtypes == ["float32", "bfloat16"]
    assert {c.dtype for c in plan.plan(asked)} == {"float32", "bfloat16"}
    with pytest.raises(UsageError, match="expected one where steps are timed"):
        request.read(several, timed=True)


def test_options_reach_only_the_workloads_that_know_them(choice):
    chosen = choice | {"workloads": (), "data": "digits", "image_size": 12}
    configs = {w.name: w.config for w in request.read(chosen, timed=True).workloads}
    assert configs["cnn"]["data"] == "digits"
    assert configs["cnn"]["image_size"] == 12
    assert "data" not in configs["two_layer"]


def test_planning_gives_every_cell_a_row(choice):
    cells = plan.plan(request.read(choice | {"workloads": ()}, timed=True))
    assert len(cells) == 2 * 3
    assert {cell.status for cell in cells} <= {"pending", "not run"}
