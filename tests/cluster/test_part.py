"""A part has a machine for itself, and ends with the task that started it."""

from __future__ import annotations

import threading
import time

import msgspec
import pytest

from compare.cluster import task
from compare.cluster.part import hold_machine
from compare.cluster.transfer import PartReply, make_part
from compare.errors import RunError
from compare.runs.folder import create_folder


@pytest.mark.parametrize("is_exclusive", [True, False])
def test_a_timed_part_waits_until_another_one_has_left_the_machine(is_exclusive):
    # A lock belongs to an open file, so threads exclude each other as processes do.
    entered = threading.Event()

    def enter():
        with hold_machine(is_exclusive=is_exclusive):
            entered.set()

    thread = threading.Thread(target=enter)
    with hold_machine(is_exclusive=True):
        thread.start()
        assert entered.wait(0.3) is not is_exclusive
    thread.join(30)
    assert entered.is_set()


def new_folder(spread, tmp_path, **changes):
    record = make_part(spread.record, label="first")
    record.request = msgspec.structs.replace(record.request, **changes)
    create_folder(tmp_path / "run", record)
    return tmp_path / "run"


def test_a_part_that_cannot_run_here_has_the_reason(spread, tmp_path):
    folder = new_folder(spread, tmp_path, threads=4096)
    with pytest.raises(RunError, match="this run uses 4096 threads"):
        task.execute_in_process(folder, is_wanted=lambda: True)


def test_a_part_whose_task_was_cancelled_ends_soon(spread, tmp_path, monkeypatch):
    monkeypatch.setattr(task, "POLL_S", 0.1)
    folder, began = new_folder(spread, tmp_path), time.monotonic()
    with pytest.raises(RunError, match="the task was cancelled"):
        task.execute_in_process(folder, is_wanted=lambda: False)
    assert time.monotonic() - began < 5


def test_a_process_that_crashes_is_an_error_with_what_it_printed(
    spread, tmp_path, monkeypatch
):
    monkeypatch.setattr(task.sys, "executable", "/bin/false")
    folder = new_folder(spread, tmp_path)
    with pytest.raises(RunError, match="ended with code 1; it printed last: nothing"):
        task.execute_in_process(folder, is_wanted=lambda: True)


def test_what_a_nanny_adds_to_the_environment_is_removed():
    found = task.remove_nanny_variables(
        {"OMP_NUM_THREADS": "1", "MALLOC_TRIM_THRESHOLD_": "65536", "PATH": "/bin"}
    )
    assert found == {"PATH": "/bin"}
    assert task.remove_nanny_variables({"OMP_NUM_THREADS": "4"})


def test_a_folder_that_cannot_be_created_is_an_error_of_the_part(spread, monkeypatch):
    def refuse(*_):
        raise RunError("disk full")

    monkeypatch.setattr(task, "create_folder", refuse)
    part = msgspec.msgpack.encode(make_part(spread.record, label="first"))
    reply = msgspec.msgpack.decode(task.run_part(part), type=PartReply)
    assert reply.error == "disk full"
