"""A run is reported after each launch, without disturbing what is measured."""

from __future__ import annotations

import io
from time import sleep

import pytest
from rich.console import Console

import compare
from compare.errors import StorageError
from compare.timing import launching
from tests.support.resuming import continue_run, new_run, using_numpy_package


@pytest.fixture
def folder(small_suite, tmp_path):
    """Yield the folder of a new run, whose profile is the last thing to be done."""
    with using_numpy_package(tmp_path):
        new_run(tmp_path / "run", small_suite, timed=True)
        yield tmp_path / "run"


def test_the_tables_of_the_launches_so_far_are_in_the_folder(folder):
    seen = []

    def look(run):
        stored = compare.load_run(folder)
        seen.append((run, stored))

    continue_run(folder, after_launch=look)
    launches = [len({*run.samples["launch"]}) for run, _ in seen]
    assert launches[:2] == [1, 2], "disturbed ones are repeated"
    for run, stored in seen:
        assert not stored.record.finished
        assert list(stored.timing["mode"]) == ["eager", "again", "control"]
        assert stored.timing["ratio"].tolist() == run.timing["ratio"].tolist()


def test_a_report_that_fails_is_printed_once_and_the_run_goes_on(folder):
    def fail(_):
        raise StorageError("index.html: cannot be written: No space left on device")

    out = io.StringIO()
    console = Console(file=out, width=80)
    run = continue_run(folder, console=console, after_launch=fail)
    assert run.record.finished
    assert out.getvalue().count("No space left on device") == 1
    assert "The report so far was not written; the run continues." in out.getvalue()


def test_a_bug_in_a_report_does_not_end_the_run(folder):
    def fail(_):
        raise IndexError("planted")

    out = io.StringIO()
    run = continue_run(folder, console=Console(file=out), after_launch=fail)
    assert run.record.finished
    assert "This is a bug in graph-compare" in out.getvalue()


def test_no_block_is_timed_before_the_report_is_written(folder, monkeypatch):
    events = []

    def write(_):
        sleep(0.5)
        events.append("written")

    measure = launching.measure_rounds

    def note_rounds(*arguments, **options):
        events.append("rounds")
        measure(*arguments, **options)

    monkeypatch.setattr(launching, "measure_rounds", note_rounds)
    continue_run(folder, after_launch=write)
    assert events[:4] == ["rounds", "written", "rounds", "written"]


def test_an_interrupted_run_writes_no_report_afterwards(folder, monkeypatch):
    events = []

    def write(_):
        sleep(0.5)
        events.append("written")

    start = launching.run_launch

    def stop_second(launch):
        if launch.number:
            raise KeyboardInterrupt
        return start(launch)

    monkeypatch.setattr(launching, "run_launch", stop_second)
    with pytest.raises(KeyboardInterrupt):
        continue_run(folder, after_launch=write)
    assert events == ["written"], "it was waited for"
