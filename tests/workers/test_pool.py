"""A worker that crashes, hangs or sends invalid replies is killed and reported."""

from __future__ import annotations

import os
import sys
import threading
import time
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from compare.contract import Framework
from compare.errors import WorkerError
from compare.machine import available_cores
from compare.workers import messages
from compare.workers.output import CUT, LOG_BYTES
from compare.workers.pool import WorkerPool
from compare.workers.process import InterruptedWorkError, worker_environment

WORKER = str(Path(__file__).parents[1].joinpath("support", "misbehaving_worker.py"))
FRAMEWORK = Framework(
    name="none",
    package="none",
    module="none",
    install="nothing",
    rank=1,
    modes=(),
    environment={"CACHE_SEEN": "{cache}", "THREADS_SEEN": "{threads}"},
)


def make_pool(tmp_path, *, command, limit_s=20.0):
    return WorkerPool(
        frameworks={"none": FRAMEWORK},
        threads=1,
        device="cpu",
        logs=tmp_path / "logs",
        command=command,
        time_limit_s=limit_s,
    )


def start(tmp_path, how, *, limit_s=20.0):
    command = (sys.executable, WORKER, how)
    pool = make_pool(tmp_path, command=command, limit_s=limit_s)
    return pool.start(
        "none", cores=available_cores()[:1], cache=tmp_path / "cache", log=how
    )


def count_descriptors():
    return psutil.Process().num_fds()


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("crashes", "exited with code 7"),
        ("is killed", "ended by SIGKILL"),
        ("is killed by a signal without a name", "ended by signal 40"),
        ("prints garbage", "Segmentation soup"),
        ("sends another reply", "expected Ready; received Elapsed"),
        ("announces a large reply", "received a message of 2,147,483,648 bytes"),
        ("sends a reply without end", r"received '\x00\x00"),
    ],
)
def test_a_worker_that_fails_is_reported_with_its_last_output(tmp_path, how, reason):
    with start(tmp_path, how) as worker, pytest.raises(WorkerError) as error:
        worker.hello()
    assert reason in str(error.value)
    assert "last output: the last line of output" in str(error.value)


def test_a_worker_that_hangs_is_killed_at_its_time_limit(tmp_path):
    with (
        start(tmp_path, "hangs", limit_s=1.5) as worker,
        pytest.raises(WorkerError, match=r"no reply to Hello within 1.5 s"),
    ):
        worker.hello()


@pytest.mark.parametrize("how", ["writes slowly", "prints without end"])
def test_a_time_limit_holds_while_bytes_arrive(tmp_path, how):
    with (
        start(tmp_path, how, limit_s=1.5) as worker,
        pytest.raises(WorkerError, match=r"no reply to Hello within 1.5 s"),
    ):
        worker.hello()


def test_a_time_limit_counts_for_each_shape_of_batches(tmp_path):
    """Each shape may be captured and compiled within one request."""
    request = messages.Prepare(
        workload="rnn", config={}, mode="eager", device="cpu", dtype="float32"
    )
    with start(tmp_path, "hangs after it is prepared", limit_s=1.5) as worker:
        worker.request(request, messages.Prepared)
        with pytest.raises(WorkerError, match=r"no reply to FirstCall within 4.5 s"):
            worker.request(messages.FirstCall(), messages.Elapsed)


def test_a_time_limit_holds_for_a_request_that_is_not_read(tmp_path):
    request = messages.RunLesson(name="l", path="p" * 2**20, save_to="s")
    with (
        start(tmp_path, "does not read", limit_s=1.5) as worker,
        pytest.raises(WorkerError, match=r"no reply to RunLesson within 1.5 s"),
    ):
        worker.request(request, messages.LessonRan)


def test_a_log_does_not_grow_without_end(tmp_path):
    for _ in range(2):  # both workers write to the same log
        with (
            start(tmp_path, "prints without end", limit_s=1.0) as worker,
            pytest.raises(WorkerError, match="printed again and again"),
        ):
            worker.hello()
    log = (tmp_path / "logs" / "prints without end.log").read_bytes()
    assert len(log) == LOG_BYTES + len(CUT)
    assert log.startswith(b"the last line of output\na line that is printed")
    assert log.endswith(CUT)


def test_a_reason_is_short_however_much_was_printed(tmp_path):
    with (
        start(tmp_path, "prints a long line") as worker,
        pytest.raises(WorkerError) as error,
    ):
        worker.hello()
    assert len(str(error.value)) < 1000
    assert "exited with code 7" in str(error.value)
    assert "characters left out" in str(error.value)


def test_a_log_that_cannot_be_written_does_not_change_the_reason(tmp_path):
    (tmp_path / "logs").write_text("a file, where the folder should be")
    with start(tmp_path, "crashes") as worker, pytest.raises(WorkerError) as error:
        worker.hello()
    assert "last output: the last line of output" in str(error.value)


def test_a_program_that_cannot_be_started_leaves_nothing_behind(tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    before = count_descriptors()
    pool = make_pool(tmp_path, command=["/no/such/program"])
    with pytest.raises(FileNotFoundError):
        pool.start("none", cores=[0], cache=tmp_path / "c", log="l")
    assert not list(temporary.iterdir())
    assert count_descriptors() == before


def test_killing_all_workers_interrupts_threads_that_wait_for_them(tmp_path):
    pool = WorkerPool(
        frameworks={"none": FRAMEWORK},
        threads=1,
        device="cpu",
        logs=tmp_path,
        command=(sys.executable, WORKER, "hangs"),
    )
    with pool.start("none", cores=[0], cache=tmp_path / "c", log="l") as worker:
        outcomes = []

        def wait():
            try:
                worker.hello()
            except InterruptedWorkError:
                outcomes.append("interrupted")

        waiting = threading.Thread(target=wait)
        waiting.start()
        time.sleep(0.2)
        pool.kill_all()
        waiting.join(10)
    assert outcomes == ["interrupted"], "an interrupted worker did not fail"
    with pytest.raises(InterruptedWorkError):
        pool.start("none", cores=[0], cache=tmp_path / "c", log="l")


def test_waiting_for_other_work_is_interrupted_when_the_run_ends(tmp_path):
    pool = WorkerPool(frameworks={}, threads=1, device="cpu", logs=tmp_path)
    done, timed_out, never = Future(), Future(), Future()
    done.set_result(7)
    assert pool.wait_for(done) == 7
    timed_out.set_exception(TimeoutError("of the work itself"))
    with pytest.raises(TimeoutError, match="of the work itself"):
        pool.wait_for(timed_out)
    pool.kill_all()
    with pytest.raises(InterruptedWorkError):
        pool.wait_for(never)


def test_a_report_does_not_quote_the_output_of_an_earlier_worker(tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "crashes.log").write_text("output of an earlier worker\n")
    with start(tmp_path, "crashes") as worker, pytest.raises(WorkerError) as error:
        worker.hello()
    assert "output of an earlier worker" not in str(error.value)


def test_a_worker_starts_with_the_environment_of_its_framework(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "64")
    seen = worker_environment(
        FRAMEWORK, threads=3, cache=tmp_path / "made", device="cpu"
    )
    assert seen["CACHE_SEEN"] == str(tmp_path / "made")
    assert seen["THREADS_SEEN"] == seen["OPENBLAS_NUM_THREADS"] == "3"
    assert seen["CUDA_VISIBLE_DEVICES"] == "-1"


def test_a_gpu_worker_sees_the_gpus(tmp_path):
    seen = worker_environment(FRAMEWORK, threads=1, cache=tmp_path, device="cuda")
    assert seen.get("CUDA_VISIBLE_DEVICES") == os.environ.get("CUDA_VISIBLE_DEVICES")


def test_parallel_work_keeps_its_order_and_shares_no_processors(tmp_path):
    pool = WorkerPool(frameworks={}, threads=1, device="cpu", logs=tmp_path)
    busy, clashes = set(), []

    def work(item, cores):
        if busy & set(cores):
            clashes.append(cores)
        busy.update(cores)
        time.sleep(0.01)
        busy.difference_update(cores)
        return item * 2

    assert pool.in_parallel(work, list(range(8))) == [n * 2 for n in range(8)]
    assert not clashes


def test_temporary_files_of_a_worker_are_removed(tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    with start(tmp_path, "leaves a file") as worker:
        with pytest.raises(WorkerError, match="exited with code 0"):
            worker.hello()
        assert list(temporary.rglob("left*"))
    assert not list(temporary.iterdir())


@pytest.mark.parametrize(
    "derive",
    [lambda pool: pool.with_threads(2), lambda pool: pool.without_servers()],
    ids=["other threads", "without servers"],
)
def test_a_pool_that_is_derived_shares_its_workers(tmp_path, derive):
    pool = make_pool(tmp_path, command=(sys.executable, WORKER, "hangs"))
    other = derive(pool)
    with other.start("none", cores=[0], cache=tmp_path / "c", log="l") as worker:
        pool.kill_all()
        with pytest.raises(InterruptedWorkError):
            worker.hello()
    with pytest.raises(InterruptedWorkError):
        other.start("none", cores=[0], cache=tmp_path / "c", log="l")


def test_a_derived_pool_differs_in_one_attribute(tmp_path):
    pool = replace(make_pool(tmp_path, command=("worker",)), servers=object())
    assert pool.with_threads(2) == replace(pool, threads=2)
    assert pool.without_servers() == replace(pool, servers=None)
