"""A worker that dies, hangs or lies is ended and its reason told."""

from __future__ import annotations

import os
import sys
import threading
import time
from concurrent.futures import Future
from pathlib import Path

import pytest

from compare.contract import Framework
from compare.errors import WorkerError
from compare.workers import pool as launching
from compare.workers.pool import InterruptedWorkError, Launcher, available_cores

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


def start(tmp_path, how, *, limit_s=20.0):
    launcher = Launcher(
        frameworks={"none": FRAMEWORK},
        threads=1,
        device="cpu",
        logs=tmp_path / "logs",
        command=(sys.executable, WORKER, how),
        time_limit_s=limit_s,
    )
    return launcher.start(
        "none", cores=available_cores()[:1], cache=tmp_path / "cache", log=how
    )


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("crashes", "exited with code 7"),
        ("is killed", "ended by SIGKILL"),
        ("prints garbage", "Segmentation soup"),
        ("answers another question", "expected Ready; received Elapsed"),
    ],
)
def test_a_worker_that_misbehaves_is_reported_with_its_last_words(tmp_path, how, told):
    with start(tmp_path, how) as worker, pytest.raises(WorkerError) as error:
        worker.hello()
    assert told in str(error.value)
    assert "these are my last words" in str(error.value)


def test_a_worker_that_hangs_is_ended_at_its_time_limit(tmp_path):
    with (
        start(tmp_path, "hangs", limit_s=1.5) as worker,
        pytest.raises(WorkerError, match=r"no reply to Hello within 1.5 s"),
    ):
        worker.hello()


def test_ending_all_workers_frees_whoever_waits_for_them(tmp_path):
    launcher = Launcher(
        frameworks={"none": FRAMEWORK},
        threads=1,
        device="cpu",
        logs=tmp_path,
        command=(sys.executable, WORKER, "hangs"),
    )
    with launcher.start("none", cores=[0], cache=tmp_path / "c", log="l") as worker:
        told = []

        def wait():
            try:
                worker.hello()
            except InterruptedWorkError:
                told.append("interrupted")

        waiting = threading.Thread(target=wait)
        waiting.start()
        time.sleep(0.2)
        launcher.kill_all()
        waiting.join(10)
    assert told == ["interrupted"], "whoever is interrupted is not at fault"
    with pytest.raises(InterruptedWorkError):
        launcher.start("none", cores=[0], cache=tmp_path / "c", log="l")


def test_waiting_for_other_work_ends_with_the_run(tmp_path):
    launcher = Launcher(frameworks={}, threads=1, device="cpu", logs=tmp_path)
    done, never = Future(), Future()
    done.set_result(7)
    assert launcher.wait_for(done) == 7
    launcher.kill_all()
    with pytest.raises(InterruptedWorkError):
        launcher.wait_for(never)


def test_a_worker_is_not_quoted_with_the_words_of_an_earlier_one(tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "crashes.log").write_text("words of another\n")
    with start(tmp_path, "crashes") as worker, pytest.raises(WorkerError) as error:
        worker.hello()
    assert "words of another" not in str(error.value)


def test_a_worker_gets_its_framework_s_environment_before_anything_is_imported(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "64")
    seen = launching.worker_environment(
        FRAMEWORK, threads=3, cache=tmp_path / "made", device="cpu"
    )
    assert seen["CACHE_SEEN"] == str(tmp_path / "made")
    assert seen["THREADS_SEEN"] == seen["OPENBLAS_NUM_THREADS"] == "3"
    assert seen["CUDA_VISIBLE_DEVICES"] == "-1"


def test_a_gpu_worker_sees_the_gpus(tmp_path):
    seen = launching.worker_environment(
        FRAMEWORK, threads=1, cache=tmp_path, device="cuda"
    )
    assert seen.get("CUDA_VISIBLE_DEVICES") == os.environ.get("CUDA_VISIBLE_DEVICES")


def test_parallel_work_keeps_its_order_and_its_processors_apart(tmp_path):
    launcher = Launcher(frameworks={}, threads=1, device="cpu", logs=tmp_path)
    busy, clashes = set(), []

    def work(item, cores):
        if busy & set(cores):
            clashes.append(cores)
        busy.update(cores)
        time.sleep(0.01)
        busy.difference_update(cores)
        return item * 2

    assert launcher.in_parallel(work, list(range(8))) == [n * 2 for n in range(8)]
    assert not clashes


def test_what_a_worker_leaves_lying_about_goes_with_it(tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    with start(tmp_path, "leaves a file") as worker:
        with pytest.raises(WorkerError, match="exited with code 0"):
            worker.hello()
        assert list(temporary.rglob("left*"))
    assert not list(temporary.iterdir())
