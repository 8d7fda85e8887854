"""Workers that are forked behave like workers that are started as new processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from compare.contract import Framework
from compare.errors import WorkerError
from compare.frameworks import frameworks
from compare.machine import available_cores
from compare.workers import messages
from compare.workers.forking import CAN_FORK, ForkServers
from compare.workers.pool import WorkerPool
from compare.workers.process import InterruptedWorkError

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="workers are forked on Linux only")

ROOT = Path(__file__).parents[2]
PRINTING = """
import os, tempfile

def main():
    print(os.environ["CACHE_SEEN"], os.environ["THREADS_SEEN"], tempfile.gettempdir())
    return {}
"""
PREPARE = messages.Prepare(
    workload="two_layer", config={}, mode="eager", device="cpu", dtype="float32"
)


def broken(folder, source):
    """Return a framework whose implementation package has this source."""
    package = folder / "impl_broken"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from compare.contract import Framework\n"
        "FRAMEWORKS = (Framework(name='broken', package='impl_broken',"
        " module='broken', install='', rank=9, modes=(), environment={}),)\n"
    )
    (package / "runtime.py").write_text(source)
    return Framework(
        name="broken",
        package="impl_broken",
        module="broken",
        install="nothing",
        rank=9,
        modes=(),
        environment={},
    )


@pytest.fixture
def light(monkeypatch):
    """Return a framework that is imported in a fraction of a second."""
    packages = [ROOT / "tests" / "support" / "packages", ROOT]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, packages)))
    return Framework(
        name="numpy",
        package="impl_numpy",
        module="numpy",
        install="pip install numpy",
        rank=9,
        modes=(),
        environment={"CACHE_SEEN": "{cache}", "THREADS_SEEN": "{threads}"},
    )


@contextmanager
def forking_pool(folder, *needed, limit_s=60.0, device="cpu"):
    """Yield a pool whose workers are forks, if they run on the processor."""
    with ForkServers(
        needed, threads=1, logs=folder / "logs", time_limit_s=limit_s
    ) as servers:
        yield WorkerPool(
            frameworks={each.name: each for each in needed},
            threads=1,
            device=device,
            logs=folder / "logs",
            time_limit_s=limit_s,
            servers=servers,
        )


def start(pool, name, folder):
    return pool.start(
        name, cores=available_cores()[:1], cache=folder / "cache", log="worker"
    )


def parent_of(worker):
    return psutil.Process(worker._process.pid).ppid()


@pytest.mark.torch
def test_a_fork_measures_a_step_and_reports_what_its_import_cost(tmp_path):
    torch = frameworks()["torch"]
    ready, warm = {}, {}
    with forking_pool(tmp_path, torch) as pool:
        new = WorkerPool(
            frameworks=pool.frameworks, threads=1, device="cpu", logs=tmp_path / "logs"
        )
        for name, started in {"forked": pool, "new": new}.items():
            with start(started, "torch", tmp_path / name) as worker:
                is_fork = parent_of(worker) != os.getpid()
                assert is_fork == (name == "forked")
                ready[name] = worker.hello()
                worker.request(PREPARE, messages.Prepared)
                warm[name] = worker.request(
                    messages.WarmUp(steps=10, seconds=0.0), messages.Warm
                )
    assert ready["forked"].settings == ready["new"].settings
    assert ready["forked"].versions == ready["new"].versions
    assert 0.2 < ready["forked"].import_s < 60
    # Without the pages of libraries, a fork would seem to need a fifth less memory.
    memory = [warm[name].peak_rss_bytes for name in ("forked", "new")]
    assert memory[0] == pytest.approx(memory[1], rel=0.05)


def test_each_fork_has_its_own_environment(tmp_path, light):
    program = tmp_path / "program.py"
    program.write_text(PRINTING)
    lesson = messages.RunLesson(
        name="p", path=str(program), save_to=str(tmp_path / "saved.npz")
    )
    printed = []
    with forking_pool(tmp_path, light) as pool:
        for threads in (1, 2):
            pool_of_threads = pool.with_threads(threads)
            with start(pool_of_threads, "numpy", tmp_path / f"{threads}") as worker:
                worker.hello()
                ran = worker.request(lesson, messages.LessonRan)
                printed.append("".join(ran.printed.values()))
    caches, threads, temporary = zip(*map(str.split, printed), strict=True)
    assert threads == ("1", "2")
    assert caches == tuple(str(tmp_path / n / "cache") for n in threads)
    assert len({*temporary}) == 2
    assert not any(map(os.path.exists, temporary)), "removed after each worker"


@pytest.mark.tf
@pytest.mark.torch
@pytest.mark.parametrize("name", ["tf", "torch"])
def test_a_fork_has_the_threads_that_it_was_started_with(tmp_path, name):
    if len(available_cores()) < 2:
        pytest.skip("two processors are not usable here")
    with (
        forking_pool(tmp_path, frameworks()[name]) as pool,
        start(pool.with_threads(2), name, tmp_path) as worker,
    ):
        assert worker.hello().settings["threads within an operation"] == "2"


def test_a_generation_imports_each_framework_once_and_the_last_two_are_kept(
    tmp_path, light
):
    parents = []
    with forking_pool(tmp_path, light) as pool:
        for generation in (0, 0, 1, 2, 1):
            with start(pool.with_generation(generation), "numpy", tmp_path) as worker:
                worker.hello()
                parents.append(parent_of(worker))
        assert not psutil.pid_exists(parents[0])
        assert all(map(psutil.pid_exists, parents[2:]))
    assert parents[0] == parents[1]
    assert parents[2] == parents[4]
    assert len({*parents}) == 3
    assert not any(map(psutil.pid_exists, parents))


def test_a_fork_that_is_killed_is_reported_with_the_signal(tmp_path, light):
    with forking_pool(tmp_path, light) as pool:
        with start(pool, "numpy", tmp_path) as worker:
            worker.hello()
            os.kill(worker._process.pid, signal.SIGSEGV)
            with pytest.raises(WorkerError, match="ended by SIGSEGV"):
                worker.request(PREPARE, messages.Prepared)
        with start(pool, "numpy", tmp_path) as worker:  # the server still serves
            worker.hello()


def test_the_number_of_a_fork_is_not_used_again_before_it_is_released(tmp_path, light):
    with forking_pool(tmp_path, light) as pool:
        with start(pool, "numpy", tmp_path) as worker:
            number = worker._process.pid
            worker.kill()
            assert worker._process.wait(10) == -signal.SIGKILL
            assert psutil.Process(number).status() == psutil.STATUS_ZOMBIE
        deadline = time.monotonic() + 10
        while psutil.pid_exists(number):
            assert time.monotonic() < deadline, "the fork stays a zombie"
            time.sleep(0.01)


def test_after_its_server_is_killed_a_worker_is_forked_from_a_new_one(tmp_path, light):
    with forking_pool(tmp_path, light) as pool:
        with start(pool, "numpy", tmp_path) as worker:
            worker.hello()
            server = parent_of(worker)
            os.kill(server, signal.SIGKILL)
            worker.request(PREPARE, messages.Prepared)  # the fork is not affected
        with start(pool, "numpy", tmp_path) as worker:
            worker.hello()
            assert parent_of(worker) != server


def test_a_package_that_fails_to_import_is_reported_by_the_worker(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT)]))
    monkeypatch.syspath_prepend(tmp_path)
    framework = broken(tmp_path, "raise ImportError('no such library')")
    with (
        forking_pool(tmp_path, framework) as pool,
        start(pool, "broken", tmp_path) as worker,
        pytest.raises(WorkerError, match="ImportError: no such library"),
    ):
        worker.hello()


def test_a_package_that_crashes_on_import_fails_each_worker(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT)]))
    framework = broken(tmp_path, "import os\nos.abort()")
    with forking_pool(tmp_path, framework) as pool:
        for _ in range(2):
            with pytest.raises(WorkerError, match="imports the framework has ended"):
                start(pool, "broken", tmp_path)


def test_an_import_that_hangs_is_ended_at_the_time_limit(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT)]))
    framework = broken(tmp_path, "import time\ntime.sleep(600)")
    with (
        forking_pool(tmp_path, framework, limit_s=1.0) as pool,
        pytest.raises(WorkerError, match="not imported within 1 s"),
    ):
        start(pool, "broken", tmp_path)


def test_ending_the_run_interrupts_a_thread_that_waits_for_an_import(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT)]))
    framework = broken(tmp_path, "import time\ntime.sleep(600)")
    with forking_pool(tmp_path, framework) as pool, ThreadPoolExecutor(1) as executor:
        waiting = executor.submit(start, pool, "broken", tmp_path)
        time.sleep(0.5)
        pool.kill_all()
        with pytest.raises(InterruptedWorkError):
            waiting.result(timeout=20)


def test_workers_for_a_gpu_are_new_processes(tmp_path, light):
    with (
        forking_pool(tmp_path, light, device="cuda") as pool,
        start(pool, "numpy", tmp_path) as worker,
    ):
        assert parent_of(worker) == os.getpid()


def test_forks_leave_no_open_files_behind(tmp_path, light):
    before = psutil.Process().num_fds()
    with forking_pool(tmp_path, light) as pool:
        counts = []
        for _ in range(3):
            with start(pool, "numpy", tmp_path) as worker:
                worker.hello()
                server = psutil.Process(parent_of(worker))
            time.sleep(0.2)
            counts.append((psutil.Process().num_fds(), server.num_fds()))
        assert len({*counts}) == 1, counts
    assert psutil.Process().num_fds() == before


PARENT = """
import sys
from pathlib import Path
from compare.frameworks import frameworks
from tests.workers.test_forking import forking_pool, start

folder = Path(sys.argv[1])
with forking_pool(folder, frameworks()["torch"]) as pool:
    with start(pool, "torch", folder) as worker:
        worker.hello()
        print(worker._process.pid, flush=True)
        sys.stdin.read()
"""


@pytest.mark.torch
def test_forks_and_their_server_end_when_the_parent_is_killed(tmp_path):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )
    worker = psutil.Process(int(parent.stdout.readline()))
    both = [worker, worker.parent()]
    parent.kill()
    parent.wait()
    parent.stdin.close()
    parent.stdout.close()
    deadline = time.monotonic() + 10
    while any(map(is_running, both)):
        assert time.monotonic() < deadline, "a fork outlives its parent"
        time.sleep(0.05)


def is_running(process):
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False
