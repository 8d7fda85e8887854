"""A run goes on around whatever fails in it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from compare.errors import RunError, UsageError
from compare.machine import machine
from compare.pipeline import plan
from compare.pipeline.request import RunOptions, build_request
from compare.pipeline.run import expected_s, require_affordable, require_same_machine
from compare.runs.record import RunRecord
from compare.runs.words import NoteKind
from tests.support.running import record_of
from tests.support.running import run as execute_with

WORKER = str(Path(__file__).parents[1].joinpath("support", "dying_worker.py"))


@pytest.fixture
def choice(small_suite):
    """The options of a command line that names three variants of one workload."""
    return RunOptions(
        workloads=("two_layer",),
        variants=("torch/eager", "torch/script", "torch/trace"),
        suite_name=str(small_suite),
    )


def run(choice, folder, *, dies, how="dies"):
    """Execute a request with workers of one mode that die when timed."""
    return execute_with(choice, folder, command=(sys.executable, WORKER, dies, how))


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
    assert any(n.kind is NoteKind.CONTROL_FAILED for n in done.record.notes)


def test_the_first_variant_asked_for_is_the_baseline(choice):
    chosen = replace(choice, variants=("tf/xla", "torch/eager"))
    cells = plan.plan_cells(build_request(chosen, timed=True))
    assert plan.baseline_of(cells) == "tf/xla"


def test_a_baseline_that_cannot_run_gives_way_to_the_next(choice, monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    chosen = replace(choice, variants=("torch/compile", "torch/eager"))
    cells = plan.plan_cells(build_request(chosen, timed=True))
    assert plan.baseline_of(cells) == "torch/eager"


@pytest.mark.torch
def test_a_worker_that_saves_nothing_fails_its_own_cell_alone(choice, tmp_path):
    done = run(choice, tmp_path / "run", dies="trace", how="lies")
    cells = done.cells.set_index("mode")
    assert dict(cells["status"]) == {"eager": "ok", "script": "ok", "trace": "failed"}
    assert "expected arrays in snapshot.npz" in cells.loc["trace", "reason"]


@pytest.mark.torch
def test_a_profile_that_fails_is_a_note_and_no_failed_cell(choice, tmp_path):
    done = run(
        replace(choice, profile=True), tmp_path / "r", dies="trace", how="profiles"
    )
    assert set(done.cells["status"]) == {"ok"}
    assert set(done.profile["mode"]) == {"eager", "script"}
    (note,) = done.record.notes
    assert note.kind is NoteKind.NOT_PROFILED
    assert (note.workload, note.variant) == ("two_layer", "torch/trace")
    assert "nothing to see here" in note.reason
    assert note.sentence[:40] in (tmp_path / "r" / "report.md").read_text().replace(
        "\\", ""
    )


@pytest.mark.torch
def test_a_run_that_began_on_another_machine_is_not_resumed(choice, tmp_path):
    asked = build_request(choice, timed=False)
    record = RunRecord(
        run_id="r",
        created="now",
        request=asked,
        baseline="torch/eager",
        environment={"processor": "Some Other CPU"},
    )
    with pytest.raises(RunError, match="began on Some Other CPU"):
        require_same_machine(record, facts=machine())


def test_a_request_keeps_the_order_and_drops_repetitions(choice):
    chosen = replace(choice, variants=("torch/trace", "torch/eager", "torch/trace"))
    asked = build_request(chosen, timed=False)
    assert asked.variants == ["torch/trace", "torch/eager"]
    assert asked.launches == 0


def test_agreement_takes_several_dtypes_and_timing_one(choice):
    several = replace(choice, dtypes=("float32", "bfloat16", "float32"))
    asked = build_request(several, timed=False)
    assert asked.dtypes == ["float32", "bfloat16"]
    assert {c.dtype for c in plan.plan_cells(asked)} == {"float32", "bfloat16"}
    with pytest.raises(UsageError, match="expected one value, because steps are timed"):
        build_request(several, timed=True)


def test_options_reach_only_the_workloads_that_know_them(choice):
    chosen = replace(choice, workloads=(), data="digits", image_size=12)
    configs = {w.name: w.config for w in build_request(chosen, timed=True).workloads}
    assert configs["cnn"]["data"] == "digits"
    assert configs["cnn"]["image_size"] == 12
    assert "data" not in configs["two_layer"]


def test_planning_gives_every_cell_a_row(choice):
    cells = plan.plan_cells(build_request(replace(choice, workloads=()), timed=True))
    assert len(cells) == 2 * 3
    assert {cell.status for cell in cells} <= {"pending", "not run"}


def test_a_budget_below_one_launch_of_everything_is_refused_with_the_least(choice):
    asked = build_request(replace(choice, budget="2s"), timed=True)
    with pytest.raises(
        UsageError, match=r"one launch of every variant takes at least about \d"
    ):
        require_affordable(record_of(asked))


def test_a_budget_decides_the_launches_in_the_suite_s_place(choice):
    asked = build_request(replace(choice, budget="5min"), timed=True)
    assert asked.budget_s == 300
    assert asked.launches > 100
    require_affordable(record_of(asked))
    assert expected_s(record_of(asked)) >= 300


def test_only_what_is_timed_has_a_budget(choice):
    asked = build_request(replace(choice, budget="5min"), timed=False)
    assert (asked.launches, asked.budget_s) == (0, None)


@pytest.mark.parametrize(
    ("option", "typed"),
    [("budget", "-1s"), ("precision", "0%"), ("precision", "3"), ("margin", "900%")],
)
def test_absurd_amounts_are_named_with_their_range(choice, option, typed):
    with pytest.raises(UsageError, match=f"--{option}: expected a .* from "):
        build_request(replace(choice, **{option: typed}), timed=True)


@pytest.mark.torch
def test_a_run_ends_at_the_look_that_finds_every_ratio_as_precise_as_asked(
    choice, tmp_path, monkeypatch
):
    monkeypatch.setattr(
        "compare.timing.stopping.is_precise_enough", lambda *_, **__: True
    )
    wide = replace(choice, variants=("torch/eager", "torch/script"), precision="50%")
    done = run(wide, tmp_path / "run", dies="nobody")
    assert done.record.launches_done == {"two_layer": 3}, "the first look"
    assert set(done.samples["launch"]) == {0, 1, 2}
    assert done.record.launching_s["two_layer"] > 0
    page = (done.folder / "report.md").read_text()
    assert "to a precision of 50.0%" in page
    assert "looked at up to 8 times" in page
