"""How the limits of the machine are measured, and by which framework."""

from __future__ import annotations

import pytest

from compare.contract import LIMITS
from compare.errors import WorkerError
from compare.frameworks import frameworks
from compare.machine import available_cores
from compare.runs.record import RunRecord
from compare.timing import limits
from compare.workers.pool import WorkerPool
from compare.workers.process import CannotRunError
from tests.support.requested import requested


class FakeWorker:
    """Replies to every measurement with a fixed number of seconds."""

    def __init__(self, seconds):
        self.seconds = seconds

    def request(self, request, reply):
        self.request = request
        return reply(seconds=self.seconds)


class FailingWorker:
    """Raises an error at every request."""

    def __init__(self, error):
        self.error = error

    def request(self, request, reply):
        raise self.error


def measure(limit, **workers):
    return limits.measure_peak(workers, limit=limit, device="cpu", dtype="float32")


def test_the_limit_is_the_highest_rate_of_any_framework():
    peak = measure("arithmetic", torch=FakeWorker(0.02), tf=FakeWorker(0.01))
    assert peak.framework == "tf"
    assert peak.per_second == pytest.approx(2 * 1024**3 / 0.01)


def test_bandwidth_counts_two_arrays_read_and_one_written():
    worker = FakeWorker(0.5)
    peak = measure("bandwidth", torch=worker)
    assert peak.per_second == pytest.approx(3 * 4 * worker.request.size / 0.5)


def test_an_array_is_larger_than_every_cache(monkeypatch):
    mib = 2**20
    for cache, array in ((1 * mib, 64 * mib), (32 * mib, 128 * mib), (0, 64 * mib)):
        monkeypatch.setattr(limits, "largest_cache_bytes", lambda size=cache: size)
        assert limits.array_bytes("cpu") == array
    monkeypatch.setattr(limits, "largest_cache_bytes", lambda: 2**34)
    assert limits.array_bytes("cpu") == limits.MAX_BYTES


def test_arrays_of_every_dtype_have_the_same_number_of_bytes():
    for dtype, size in (("float64", 8), ("bfloat16", 2)):
        worker = FakeWorker(1.0)
        limits.measure_peak({"t": worker}, limit="bandwidth", device="cpu", dtype=dtype)
        assert worker.request.size * size == limits.array_bytes("cpu")


@pytest.mark.parametrize(
    "error",
    [
        WorkerError("the worker was killed by SIGKILL"),
        CannotRunError("no such device"),
        ZeroDivisionError("a bug"),
    ],
)
def test_a_worker_that_fails_is_left_out_of_the_limit(error):
    failing = FailingWorker(error)
    peak = measure("arithmetic", torch=failing, tf=FakeWorker(0.01))
    assert peak.framework == "tf"
    assert measure("arithmetic", torch=failing) is None


def test_the_record_keeps_the_highest_rate():
    record = RunRecord(
        run_id="r", created="now", request=requested(), baseline="torch/eager"
    )
    for per_second, framework in ((2.0, "torch"), (3.0, "tf"), (1.0, "torch")):
        peak = limits.Peak(per_second=per_second, framework=framework)
        limits.record_peak(record, "bandwidth", peak=peak)
    assert record.peak_bytes_per_second == {"float32": 3.0}
    assert record.peak_flops_per_second == {}
    assert record.peak_frameworks == {"float32": {"bandwidth": "tf"}}


@pytest.mark.parametrize(
    "framework",
    [
        pytest.param("torch", marks=pytest.mark.torch),
        pytest.param("tf", marks=pytest.mark.tf),
    ],
)
def test_the_kernels_of_a_framework_reach_plausible_limits(framework, tmp_path):
    launcher = WorkerPool(
        frameworks=frameworks(), threads=1, device="cpu", logs=tmp_path / "logs"
    )
    with launcher.start(
        framework, cores=available_cores()[:1], cache=tmp_path / "cache", log="w"
    ) as worker:
        worker.hello()
        peaks = {limit: measure(limit, **{framework: worker}) for limit in LIMITS}
    assert 1e9 < peaks["arithmetic"].per_second < 1e14
    assert 1e8 < peaks["bandwidth"].per_second < 1e13
