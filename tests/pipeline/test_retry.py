"""A cell that fails with damaged compiled code is checked again without it."""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from compare.pipeline.request import RunOptions
from compare.runs.words import NoteKind
from tests.support.resuming import using_numpy_package
from tests.support.running import run

FAILING = str(Path(__file__).parents[1] / "support" / "failing_worker.py")
WORKER = str(Path(__file__).parents[1] / "support" / "damaged_cache_worker.py")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Yield the cache of a package whose modes compile."""
    with using_numpy_package(tmp_path):
        package = import_module("impl_numpy")
        (declared,) = package.FRAMEWORKS
        modes = tuple(replace(mode, needs=("C++ compiler",)) for mode in declared.modes)
        environment = {"COMPILE_CACHE": "{cache}"}
        compiling = replace(declared, modes=modes, environment=environment)
        monkeypatch.setattr(package, "FRAMEWORKS", (compiling,))
        folder = tmp_path / "graph-compare" / "numpy"
        folder.mkdir(parents=True)
        yield folder


def check(suite, folder, *, command=(sys.executable, WORKER)):
    """Check both variants of the package."""
    options = RunOptions(
        workloads=("two_layer",),
        variants=("numpy/eager", "numpy/again"),
        suite_name=str(suite),
    )
    return run(options, folder, command=command, timed=False)


def test_a_damaged_entry_is_dropped_and_the_cell_is_checked_once_more(
    cache, small_suite, tmp_path
):
    (cache / "damaged").write_text("cut")
    done = check(small_suite, tmp_path / "run")
    assert set(done.cells["status"]) == {"ok"}
    notes = done.record.notes
    assert {note.kind for note in notes} == {NoteKind.CACHE_DAMAGED}
    assert {note.variant for note in notes} == {"numpy/eager", "numpy/again"}
    assert "file too short: kernel.so" in notes[0].reason
    assert "The cache of numpy was removed" in notes[0].sentence
    assert not (cache / "damaged").exists()
    rows = done.agreement.query("check == 'step' and quantity == 'loss'")
    assert set(rows["inputs"]) == {"workload", "probe"}
    assert not rows.duplicated(["mode", "dtype", "inputs", "step"]).any()


def test_a_cell_that_fails_without_shared_code_too_is_failed(
    cache, small_suite, tmp_path
):
    (cache / "entry").write_text("whole")
    command = (sys.executable, FAILING, "again", "saves nothing")
    done = check(small_suite, tmp_path / "run", command=command)
    assert dict(zip(done.cells["mode"], done.cells["status"], strict=True)) == {
        "eager": "ok",
        "again": "failed",
    }
    assert "expected arrays in snapshot.npz" in done.cells["reason"].iloc[1]
    assert (tmp_path / "run" / "logs" / "agree-numpy-again-cpu-again.log").exists()
    assert (cache / "entry").exists()
    assert not done.record.notes


def test_a_cache_that_others_can_write_to_is_noted(cache, small_suite, tmp_path):
    (cache / "planted").write_text("code")
    cache.parent.chmod(0o777)
    done = check(small_suite, tmp_path / "run")
    (note,) = done.record.notes
    assert note.kind is NoteKind.CACHE_NOT_USED
    assert "others can write to" in note.sentence
    assert set(done.cells["status"]) == {"ok"}
