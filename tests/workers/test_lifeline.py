"""Workers and their children end when their parent is killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
# It starts a worker in a thread that ends, as the launches of a run do.
PARENT = """
import sys, time
from pathlib import Path
from threading import Thread
from tests.workers.test_pool import start

folder, how = Path(sys.argv[1]), sys.argv[2]
started = []
thread = Thread(target=lambda: started.append(start(folder, how)))
thread.start()
thread.join()
print(started[0]._process.pid, flush=True)
started[0].hello()
"""
WATCHING = """
import sys, time
from compare.workers.lifeline import start_watching

start_watching(int(sys.argv[1]))
print("watching", flush=True)
while True:
    pass
"""


@contextmanager
def parent_of_a_worker(folder, how):
    """Start a parent with one worker; yield both, with the worker's children."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(folder), how],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    worker = psutil.Process(int(parent.stdout.readline()))
    log, deadline = folder / "logs" / f"{how}.log", time.monotonic() + 60
    while not log.exists() or not log.read_bytes():
        assert time.monotonic() < deadline, "the worker never started"
        time.sleep(0.05)
    children = worker.children(recursive=True)
    try:
        yield parent, [worker, *children]
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()
        for process in [worker, *children]:
            if is_running(process):
                process.kill()


def is_running(process: psutil.Process) -> bool:
    """Return whether a process runs; one that was not waited for yet does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def list_running_after(processes, *, seconds):
    """Return the processes that still run when the others have ended."""
    deadline = time.monotonic() + seconds
    while (left := [p for p in processes if is_running(p)]) and (
        time.monotonic() < deadline
    ):
        time.sleep(0.05)
    return left


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel sends the signal")
def test_a_worker_that_never_returns_to_python_ends_with_its_children(tmp_path):
    with parent_of_a_worker(tmp_path, "never returns to Python") as (parent, family):
        assert len(family) == 2, "the worker has a child"
        assert not [p for p in family if not is_running(p)]
        parent.kill()
        assert not list_running_after(family, seconds=20)


def test_a_worker_outlives_the_thread_that_started_it(tmp_path):
    with parent_of_a_worker(tmp_path, "hangs") as (_, family):
        time.sleep(0.5)
        assert all(map(is_running, family))


def test_without_the_kernels_help_a_thread_notices_the_closed_pipe():
    requests, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", WATCHING, str(requests)],
        pass_fds=[requests],
        stdout=subprocess.PIPE,
        start_new_session=True,
        cwd=ROOT,
    )
    os.close(requests)
    try:
        assert process.stdout.readline() == b"watching\n"
        os.write(writing, b"a request")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        os.close(writing)
        assert process.wait(20) == -9
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
