"""A run continues after a failure in one of its parts."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from compare.errors import RunError, UsageError
from compare.machine import machine
from compare.pipeline import agree, plan, profile, repeat
from compare.pipeline.estimate import estimate_run_s, require_affordable
from compare.pipeline.request import RunOptions, build_request
from compare.pipeline.run import require_same_machine
from compare.runs.record import RunRecord
from compare.runs.words import NoteKind
from compare.timing import launching
from tests.support.long import long_test
from tests.support.resuming import using_numpy_package
from tests.support.running import record_of
from tests.support.running import run as execute_with

WORKER = str(Path(__file__).parents[1].joinpath("support", "failing_worker.py"))


@pytest.fixture
def choice(small_suite, tmp_path):
    """Yield options with three variants of one workload."""
    with using_numpy_package(tmp_path / "cache"):
        yield RunOptions(
            workloads=("two_layer",),
            variants=("numpy/eager", "numpy/again", "numpy/third"),
            suite_name=str(small_suite),
        )


def run(choice, folder, *, failing, how="exits"):
    """Execute a request with workers of one mode that fail in a given way."""
    return execute_with(choice, folder, command=(sys.executable, WORKER, failing, how))


def test_a_worker_that_exits_while_timed_fails_only_its_cell(choice, tmp_path):
    done = run(choice, tmp_path / "run", failing="third")
    cells = done.cells.set_index("mode")
    assert dict(cells["status"]) == {"eager": "ok", "again": "ok", "third": "failed"}
    reason = cells.loc["third", "reason"]
    assert "exited with code 3" in reason
    assert "out of luck" in reason
    assert set(done.timing["mode"]) == {"eager", "again", "control"}
    assert set(done.samples["launch"]) == {0, 1}


@long_test
def test_without_the_baseline_the_other_variants_are_still_measured(choice, tmp_path):
    done = run(choice, tmp_path / "run", failing="eager")
    timing = done.timing.set_index("mode")
    assert set(timing.index) == {"again", "third"}
    assert timing["ratio"].isna().all()
    assert (timing["step_time_ns"] > 0).all()
    assert any(n.kind is NoteKind.CONTROL_FAILED for n in done.record.notes)


def test_the_first_requested_variant_is_the_baseline(choice):
    chosen = replace(choice, variants=("tf/xla", "torch/eager"))
    cells = plan.plan_cells(build_request(chosen, timed=True))
    assert plan.choose_baseline(cells) == "tf/xla"


def test_if_the_first_variant_cannot_run_the_next_one_is_the_baseline(
    choice, monkeypatch
):
    monkeypatch.setenv("CXX", "no-such-compiler")
    chosen = replace(choice, variants=("torch/compile", "torch/eager"))
    cells = plan.plan_cells(build_request(chosen, timed=True))
    assert plan.choose_baseline(cells) == "torch/eager"


def test_a_worker_that_saves_nothing_fails_only_its_cell(choice, tmp_path):
    done = run(choice, tmp_path / "run", failing="third", how="saves nothing")
    cells = done.cells.set_index("mode")
    assert dict(cells["status"]) == {"eager": "ok", "again": "ok", "third": "failed"}
    assert "expected arrays in snapshot.npz" in cells.loc["third", "reason"]


@long_test
def test_steps_that_take_no_time_fail_only_their_cell(choice, tmp_path):
    two = replace(choice, variants=("numpy/eager", "numpy/third"))
    done = run(two, tmp_path / "run", failing="third", how="steps in no time")
    cells = done.cells.set_index("mode")
    assert dict(cells["status"]) == {"eager": "ok", "third": "failed"}
    assert "expected a reply to WarmUp; received " in cells.loc["third", "reason"]
    assert set(done.timing["mode"]) == {"eager", "control"}


def fail_on(mode, where, name, monkeypatch):
    """Have a function of the harness raise an exception on cells of one mode."""
    original = getattr(where, name)

    def replaced(*args, **options):
        values = [getattr(value, "cell", value) for value in (*args, *options.values())]
        if any(getattr(value, "mode", "") == mode for value in values):
            raise IndexError("planted")
        return original(*args, **options)

    monkeypatch.setattr(where, name, replaced)


def test_a_bug_of_the_harness_in_one_cell_does_not_end_the_run(
    choice, tmp_path, monkeypatch
):
    fail_on("third", agree, "check_part", monkeypatch)
    fail_on("again", launching, "start_arm", monkeypatch)
    fail_on("eager", repeat, "_rerun_cell", monkeypatch)
    fail_on("eager", profile, "profile_in_worker", monkeypatch)
    done = run(replace(choice, profile=True), tmp_path / "run", failing="none")
    cells, notes = done.cells.set_index("mode"), done.record.notes
    assert dict(cells["status"]) == {
        "eager": "ok",
        "again": "failed",
        "third": "failed",
    }
    assert {note.kind for note in notes} == {
        NoteKind.NOT_REPEATED,
        NoteKind.NOT_PROFILED,
    }
    bug = (
        r"IndexError: planted \(test_run.py, line \d+\). This is a bug in graph-compare"
    )
    reasons = [*cells["reason"][["again", "third"]], *(note.reason for note in notes)]
    assert all(re.fullmatch(bug, reason) for reason in reasons), reasons
    assert set(done.timing["mode"]) == {"eager", "control"}


def test_a_failed_profile_is_a_note_and_not_a_failed_cell(choice, tmp_path):
    done = run(
        replace(choice, profile=True), tmp_path / "r", failing="third", how="profiles"
    )
    assert set(done.cells["status"]) == {"ok"}
    assert set(done.profile["mode"]) == {"eager", "again"}
    (note,) = done.record.notes
    assert note.kind is NoteKind.NOT_PROFILED
    assert (note.workload, note.variant) == ("two_layer", "numpy/third")
    assert "nothing to see here" in note.reason
    assert note.sentence[:40] in (tmp_path / "r" / "report.md").read_text().replace(
        "\\", ""
    )


def test_a_run_that_was_started_on_another_machine_is_not_resumed(choice, tmp_path):
    requested = build_request(choice, timed=False)
    record = RunRecord(
        run_id="r",
        created="now",
        request=requested,
        baseline="numpy/eager",
        environment={"processor": "Some Other CPU"},
    )
    with pytest.raises(RunError, match="started on Some Other CPU"):
        require_same_machine(record, facts=machine())


def test_a_request_keeps_the_order_of_variants_without_repetitions(choice):
    chosen = replace(choice, variants=("numpy/third", "numpy/eager", "numpy/third"))
    requested = build_request(chosen, timed=False)
    assert requested.variants == ["numpy/third", "numpy/eager"]
    assert requested.launches == 0


def test_several_dtypes_are_allowed_only_without_timing(choice):
    several = replace(choice, dtypes=("float32", "bfloat16", "float32"))
    requested = build_request(several, timed=False)
    assert requested.dtypes == ["float32", "bfloat16"]
    assert {c.dtype for c in plan.plan_cells(requested)} == {"float32", "bfloat16"}
    with pytest.raises(UsageError, match="expected one value, because steps are timed"):
        build_request(several, timed=True)


def test_options_apply_only_to_workloads_that_have_them(choice):
    chosen = replace(choice, workloads=(), data="digits", image_size=12)
    configs = {w.name: w.config for w in build_request(chosen, timed=True).workloads}
    assert configs["cnn"]["data"] == "digits"
    assert configs["cnn"]["image_size"] == 12
    assert "data" not in configs["two_layer"]


def test_every_workload_and_variant_has_a_cell(choice):
    cells = plan.plan_cells(build_request(replace(choice, workloads=()), timed=True))
    assert len(cells) == 2 * 3
    assert {cell.status for cell in cells} <= {"pending", "not run"}


def test_a_budget_below_one_launch_of_every_variant_is_refused_with_the_minimum(choice):
    requested = build_request(replace(choice, budget="2s"), timed=True)
    expected = r"at least about \d+ s, the duration of one launch of every variant"
    with pytest.raises(UsageError, match=expected):
        require_affordable(record_of(requested))


def test_a_budget_replaces_the_launches_of_the_suite(choice):
    requested = build_request(replace(choice, budget="5min"), timed=True)
    assert requested.budget_s == 300
    assert requested.launches > 100
    require_affordable(record_of(requested))
    assert estimate_run_s(record_of(requested)) >= 300


def test_a_run_without_timing_has_no_budget(choice):
    requested = build_request(replace(choice, budget="5min"), timed=False)
    assert (requested.launches, requested.budget_s) == (0, None)


@pytest.mark.parametrize(
    ("option", "typed"),
    [("budget", "-1s"), ("precision", "0%"), ("precision", "3"), ("margin", "900%")],
)
def test_amounts_out_of_range_are_refused_with_the_range(choice, option, typed):
    with pytest.raises(UsageError, match=f"--{option}: expected a .* from "):
        build_request(replace(choice, **{option: typed}), timed=True)


def test_a_run_stops_at_the_first_look_with_the_requested_precision(
    choice, tmp_path, monkeypatch
):
    monkeypatch.setattr(
        "compare.timing.stopping.is_precise_enough", lambda *_, **__: True
    )
    wide = replace(choice, variants=("numpy/eager", "numpy/again"), precision="50%")
    done = run(wide, tmp_path / "run", failing="none")
    assert done.record.launches_done == {"two_layer": 3}, "the first look"
    assert set(done.samples["launch"]) == {0, 1, 2}
    assert done.record.launching_s["two_layer"] > 0
    page = (done.folder / "report.md").read_text()
    assert "to a precision of 50.0%" in page
    assert "corrected for up to 8 interim looks" in page
