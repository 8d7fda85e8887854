"""A resumed run does what is missing, and nothing twice."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from compare.errors import RunError
from compare.pipeline import agree, profile, repeat
from compare.runs.folder import create_folder, read_record
from compare.runs.record import Note, RunRecord, WorkloadRequest
from compare.runs.store import save_record
from compare.runs.words import NoteKind
from tests.support.long import part_of
from tests.support.requested import requested
from tests.support.resuming import (
    continue_run,
    interrupt_at_save,
    new_run,
    using_numpy_package,
)

if TYPE_CHECKING:
    import compare

AGREEMENT = ["workload", "framework", "mode", "device", "dtype"]
AGREEMENT += ["inputs", "check", "step", "quantity", "against", "threads"]
SAMPLES = ["workload", "mode", "launch", "round"]
PROFILE = ["workload", "mode", "operation"]


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """Make the NumPy package available to every run of this module."""
    with using_numpy_package(tmp_path_factory.mktemp("cache")):
        yield


@pytest.fixture(scope="module")
def undisturbed(package, small_suite, tmp_path_factory):
    """Return a run with every stage that was not interrupted."""
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    new_run(folder, small_suite, timed=True)
    return continue_run(folder)


def keys(run: compare.Run) -> list[Counter[tuple[object, ...]]]:
    """Return how often each key occurs in the tables."""
    tables = (run.agreement, AGREEMENT), (run.samples, SAMPLES), (run.profile, PROFILE)
    return [
        Counter(frame[names].astype(str).itertuples(index=False, name=None))
        for frame, names in tables
    ]


@pytest.mark.parametrize("number", part_of(range(1, 13, 2), every=3))
def test_an_interrupted_run_is_completed_without_duplicates(
    undisturbed, small_suite, tmp_path, number
):
    folder = tmp_path / "run"
    new_run(folder, small_suite, timed=True)
    with pytest.MonkeyPatch.context() as monkeypatch:
        interrupt_at_save(monkeypatch, number)
        with pytest.raises(KeyboardInterrupt):
            continue_run(folder)
    before = read_record(folder).row_counts
    resumed = continue_run(folder)
    assert keys(resumed) == keys(undisturbed)
    assert resumed.record.finished
    assert not resumed.record.notes
    for file, count in before.items():
        assert resumed.record.row_counts[file] >= count, file


@pytest.fixture
def checked(undisturbed, tmp_path, small_suite):
    """Return the folder of a run that is complete but not marked as finished."""
    folder = tmp_path / "run"
    new_run(folder, small_suite)
    record = continue_run(folder).record
    record.finished = False
    for cell in record.cells:
        cell.status = "pending"
    save_record(folder, record)
    return folder


def test_what_has_rows_is_not_done_again(checked, monkeypatch):
    def fail(*_, **__):
        pytest.fail("done again")

    for module, name in (
        (agree, "check_variant"),
        (agree, "_compute_expectations"),
        (repeat, "rerun_in"),
        (profile, "profile_cell"),
    ):
        monkeypatch.setattr(module, name, fail)
    continue_run(checked)


def test_a_repetition_that_failed_is_not_tried_again(checked):
    record = read_record(checked)
    note = Note(
        kind=NoteKind.NOT_REPEATED,
        framework="numpy",
        device="cpu",
        threads=1,
        workload="two_layer",
        variant="numpy/eager",
        reason="no luck",
    )
    record.notes.append(note)
    record.row_counts["agreement.csv"] = 0  # as if nothing was stored
    save_record(checked, record)
    run = continue_run(checked)
    assert "another process" not in set(run.agreement["against"])
    assert "reference" in set(run.agreement["against"])
    assert run.record.notes == [note]


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"variants": ["torch/eager", "torch/eagr"]}, r"variants\[1\].*torch/eager"),
        ({"variants": ["other/eager"]}, r"variants\[0\]: variant: expected"),
        ({"variants": ["torch@1/eager"]}, r"variants\[0\]: installation: expected"),
        ({"workloads": [("two_layr", {})]}, r"workloads\[0\]: workload.*two_layer"),
        ({"workloads": [("cnn", {"hiden": 3})]}, r"workloads\[0\].*expected data"),
    ],
)
def test_the_error_for_an_unknown_name_names_the_field(tmp_path, change, message):
    if "workloads" in change:
        change = {
            "workloads": [
                WorkloadRequest(label="w", name=name, config=config)
                for name, config in change["workloads"]
            ]
        }
    request = requested(**change)
    record = RunRecord(
        run_id="r", created="now", request=request, baseline=request.variants[0]
    )
    create_folder(tmp_path / "run", record)
    with pytest.raises(RunError, match=rf"run\.json: request\.{message}"):
        continue_run(tmp_path / "run")
