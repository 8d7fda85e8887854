"""Runs on real Dask workers: local ones, and ones that are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import msgspec
import pytest

import compare
from compare.cluster import dask as of_dask
from compare.cluster.machines import ClusterMachine
from compare.errors import RunError, UsageError
from tests.support.long import long_test
from tests.support.resuming import VARIANTS

CHOSEN = [word for variant in VARIANTS for word in ("-v", variant)]
NAME = os.uname().nodename


def test_a_run_on_a_local_worker_is_a_run_of_this_machine(spread, tmp_path, invoke):
    folder = tmp_path / "run"
    suite = ["--suite", spread.suite]
    done = invoke(
        "agree", "first", *suite, *CHOSEN, "--cluster", "local", "--out", folder
    )
    assert done.code == 0, done.err
    assert f"first: done on {NAME}; 1 of 1 done" in done.err
    run = compare.load_run(folder)
    assert {*run.cells["machine"]} == {NAME}
    assert {*run.agreement["mode"]} == {"eager", "again"}
    assert (
        run.record.environment["numpy"]
        == run.record.machines[NAME].environment["numpy"]
    )
    assert "Machines" in (folder / "report.md").read_text()


@pytest.fixture
def _brief(monkeypatch):
    monkeypatch.setattr(of_dask, "CONNECT_S", 1)


@pytest.mark.usefixtures("_brief")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--cluster", "tcp://127.0.0.1:9"], "cannot be reached"),
        (["--cluster", "noport"], "cannot be reached: missing port number"),
        (["--cluster", "local:999"], "expected at most"),
        (["--cluster", ""], 'received ""'),
        (["--force"], "--force: expected --cluster ADDRESS"),
    ],
)
def test_a_wrong_cluster_is_one_sentence_and_leaves_no_folder(
    spread, tmp_path, invoke, options, message
):

    arguments = ["--suite", spread.suite, *CHOSEN, *options]
    done = invoke("run", *arguments, "--out", tmp_path / "run")
    assert done.code == 2
    (error,) = [line for line in done.err.splitlines() if line.startswith("error:")]
    assert message in error
    assert "Traceback" not in done.err
    assert not (tmp_path / "run").exists()


def test_a_run_of_one_machine_is_not_resumed_on_a_cluster(spread, tmp_path, invoke):
    record = spread.new_record()
    record.request.cluster = ""
    compare.runs.folder.create_folder(tmp_path / "run", record)
    done = invoke("run", "--resume", tmp_path / "run", "--cluster", "local")
    assert done.code == 2
    assert "expected a run that was started on a cluster" in done.err


@pytest.fixture
def scheduler(tmp_path):
    """Yield the address of a scheduler in a process of its own."""
    file = tmp_path / "scheduler.json"
    command = [*of_python("scheduler"), "--no-dashboard", "--host", "127.0.0.1"]
    with start([*command, "--port", "0", "--scheduler-file", str(file)]) as process:
        while not file.exists() or not (text := file.read_text()):
            time.sleep(0.1)
        yield text.partition('"address": "')[2].partition('"')[0]
        os.killpg(process.pid, signal.SIGKILL)


def of_python(command):
    return [sys.executable, "-m", "dask", command]


def start(command):
    return subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def start_worker(address):
    options = ["--nthreads", "1", "--no-nanny", "--no-dashboard"]
    return start([*of_python("worker"), address, *options])


def test_a_cluster_without_workers_is_refused_with_the_command_to_start_one(
    scheduler, spread, tmp_path, invoke, monkeypatch
):
    monkeypatch.setattr(of_dask, "FIRST_WORKER_S", 0.5)
    arguments = ["--suite", spread.suite, *CHOSEN, "--cluster", scheduler]
    done = invoke("run", *arguments, "--out", tmp_path / "run")
    assert done.code == 2
    assert f"dask worker {scheduler} --nthreads 1" in done.err
    assert not (tmp_path / "run").exists()


@long_test
def test_a_run_survives_a_worker_that_is_killed(scheduler, spread, tmp_path):
    folder = tmp_path / "run"
    workers = [start_worker(scheduler)]
    command = [sys.executable, "-m", "compare", "run", "--suite", str(spread.suite)]
    options = ["--cluster", scheduler, "--out", str(folder)]
    with subprocess.Popen(
        [*command, *CHOSEN, *options], stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stderr is not None
        for line in run.stderr:
            if "first: runs on" in line:
                break
        time.sleep(1)
        os.killpg(workers[0].pid, signal.SIGKILL)
        workers.append(start_worker(scheduler))
        printed = run.stderr.read()
    os.killpg(workers[1].pid, signal.SIGKILL)
    assert "first: " + NAME + " was lost; it runs again elsewhere" in printed
    assert run.returncode == 0, printed
    found = compare.load_run(folder)
    keys = ["workload", "mode", "launch", "round"]
    assert len(found.samples) == 2 * 3 * 2 * 2
    assert not found.samples[keys].duplicated().any()
    for worker in workers:
        worker.wait()


class FakeClient:
    """A client of Dask whose workers answer with what a test chose."""

    def __init__(self, replies):
        self.replies = replies

    def nthreads(self):
        return dict.fromkeys(self.replies, 1)

    def run(self, function, *arguments, workers, on_error):
        return {worker: self.replies[worker] for worker in workers}


def describe(name, **versions):
    return msgspec.msgpack.encode(ClusterMachine(name=name, versions=versions))


def connect_to(replies, lines):
    client = FakeClient(replies)
    return of_dask.DaskCluster(client=client, address="tcp://x", show=lines.append)


def test_a_worker_without_graph_compare_is_not_used_and_named():
    lines = []
    missing = ModuleNotFoundError("No module named 'compare'")
    cluster = connect_to({"a": describe("one"), "b": missing}, lines)
    assert [each.name for each in cluster.wait_for_machines()] == ["one"]
    assert cluster.find_workers() == {"a": "one"}
    assert lines == ["b is not used: ModuleNotFoundError: No module named 'compare'"]
    with pytest.raises(UsageError, match="Install it in the Python of the workers"):
        connect_to({"b": missing}, []).wait_for_machines()


def test_a_worker_that_joins_later_with_other_versions_is_not_used():
    replies, lines = {"a": describe("one", torch="2")}, []
    cluster = connect_to(replies, lines)
    cluster.accept_only(cluster.wait_for_machines()[0].versions)
    replies |= {"b": describe("two", torch="3"), "c": describe("three", torch="2")}
    assert cluster.find_workers() == {"a": "one", "c": "three"}
    assert lines == ["two joined and is not used: its versions differ"]


def test_a_scheduler_that_ends_is_one_sentence_with_what_to_do():
    cluster = connect_to({}, [])
    cluster.client.nthreads = interrupt_connection
    with pytest.raises(RunError, match="which cannot be reached any more: reset"):
        cluster.find_workers()


def interrupt_connection():
    raise OSError("reset")
