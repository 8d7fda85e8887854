"""Numbers of replicas in a request, in the plan and in the pool of workers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compare.errors import UsageError
from compare.machine import available_cores
from compare.pipeline import replicas
from compare.pipeline.plan import plan_cells
from compare.pipeline.request import RunOptions, build_request
from compare.report.run.tables import format_command
from compare.runs.folder import create_folder, load_run
from tests.support.running import record_of
from tests.workers.test_pool import make_pool

TWO = ("torch/eager", "tf/function")


@pytest.fixture(autouse=True)
def four_processors(monkeypatch):
    """Make four processors usable, whatever this machine has."""
    monkeypatch.setattr(replicas, "available_cores", lambda: [0, 1, 2, 3])


def request_of(*names, variants=TWO, **options):
    chosen = RunOptions(workloads=names or ("two_layer",), variants=variants, **options)
    return build_request(chosen, timed=True)


def test_one_number_of_replicas_keeps_the_name_of_the_workload():
    (workload,) = request_of(replicas="2").workloads
    assert (workload.label, workload.replicas) == ("two_layer", 2)


@pytest.mark.parametrize("option", [{"replicas": "1,2"}, {"sweep": "replicas=1,2"}])
def test_several_numbers_of_replicas_are_a_sweep(option):
    request = request_of(**option)
    assert request.swept_size == "replicas"
    assert [(w.label, w.replicas) for w in request.workloads] == [
        ("two_layer.replicas-1", 1),
        ("two_layer.replicas-2", 2),
    ]


def test_replicas_and_another_size_give_every_combination():
    request = request_of(sweep="batch=32,64", replicas="1,2")
    found = [(w.config["batch"], w.replicas) for w in request.workloads]
    assert found == [(32, 1), (32, 2), (64, 1), (64, 2)]


@pytest.mark.parametrize("text", ["0", "-1", "two", "1,1", "1,", "", "1.5"])
def test_a_text_that_is_no_number_of_replicas_is_refused(text):
    with pytest.raises(UsageError, match="--replicas: expected a positive number"):
        request_of(replicas=text)


@pytest.mark.parametrize("size", ["0", "-2", "x"])
def test_a_size_that_is_no_number_of_replicas_is_refused(size):
    with pytest.raises(UsageError, match="replicas"):
        request_of(sizes=(f"replicas={size}",))


@pytest.mark.parametrize(("number", "threads", "most"), [("5", 1, 4), ("2", 3, 1)])
def test_more_replicas_than_processors_are_refused(number, threads, most, monkeypatch):
    monkeypatch.setattr("compare.pipeline.request.available_cores", lambda: range(4))
    with pytest.raises(UsageError, match=f"expected at most {most}, because each"):
        request_of(replicas=number, threads=threads)


def test_more_replicas_than_samples_are_refused_with_what_helps():
    with pytest.raises(UsageError, match=r"at most 2, the samples .* --set batch=96"):
        request_of(replicas="3", sizes=("batch=2",))


@pytest.mark.parametrize(
    ("variant", "reason"),
    [
        ("torch/script", "TorchScript cannot compile DistributedDataParallel"),
        ("tf/xla", "XLA compiles for one device, and each replica has its own"),
        ("jax/jit", "replicas are not implemented in JAX"),
        ("torch/eager", ""),
        ("tf/function", ""),
    ],
)
def test_a_mode_that_cannot_train_replicas_has_the_reason(variant, reason):
    (cell,) = plan_cells(request_of(variants=(variant,), replicas="2"))
    if not reason and "not installed" in cell.reason:
        pytest.skip(cell.reason)
    assert cell.reason == reason or "install" in cell.reason


def test_every_mode_runs_one_replica():
    cells = plan_cells(request_of(variants=("torch/script",), replicas="1"))
    assert "DistributedDataParallel" not in cells[0].reason


@pytest.mark.parametrize("option", [{"replicas": "2"}, {"replicas": "1,2"}])
def test_the_command_of_a_run_names_its_replicas(option, tmp_path):
    record = record_of(request_of(**option))
    create_folder(tmp_path / "run", record)
    command = format_command(load_run(tmp_path / "run"))
    given = option["replicas"]
    expected = "--sweep" if "," in given else "--set"
    assert f"{expected} replicas={given}" in command


def test_each_replica_has_processors_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr("compare.workers.pool.available_cores", lambda: [0, 1, 2, 3, 4])
    pool = replace(make_pool(tmp_path, command=()), threads=2)
    seen = []
    pool.with_replicas(2).in_parallel(lambda _, cores: seen.append(cores), [0])
    pool.in_parallel(lambda _, cores: seen.append(cores), [0])
    assert seen == [[0, 1, 2, 3], [0, 1]]
    assert pool.with_replicas(2).measured_cores == [0, 1, 2, 3]
    assert available_cores()
