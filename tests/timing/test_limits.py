"""What the machine's limits are taken from, and by whom they are reached."""

from __future__ import annotations

import pytest

from compare.contract import LIMITS
from compare.errors import WorkerError
from compare.frameworks import frameworks
from compare.machine import available_cores
from compare.runs.results import RunRecord
from compare.timing import limits
from compare.workers.pool import WorkerPool
from tests.support.requested import requested


class FakeWorker:
    """Has reached every limit in so many seconds."""

    def __init__(self, seconds):
        self.seconds = seconds

    def request(self, request, reply):
        self.asked = request
        return reply(seconds=self.seconds)


class DeadWorker:
    """Answers nothing any more."""

    def request(self, request, reply):
        raise WorkerError("the worker was ended by SIGKILL")


def reached(limit, **workers):
    return limits.reached(workers, limit=limit, device="cpu", dtype="float32")


def test_the_machine_s_limit_is_the_best_that_any_framework_reaches():
    peak = reached("arithmetic", torch=FakeWorker(0.02), tf=FakeWorker(0.01))
    assert peak.framework == "tf"
    assert peak.per_second == pytest.approx(2 * 1024**3 / 0.01)


def test_traffic_is_two_arrays_read_and_one_written():
    worker = FakeWorker(0.5)
    peak = reached("bandwidth", torch=worker)
    assert peak.per_second == pytest.approx(3 * 4 * worker.asked.size / 0.5)


def test_an_array_is_larger_than_any_cache(monkeypatch):
    mib = 2**20
    for cache, array in ((1 * mib, 64 * mib), (32 * mib, 128 * mib), (0, 64 * mib)):
        monkeypatch.setattr(limits, "largest_cache_bytes", lambda size=cache: size)
        assert limits.array_bytes("cpu") == array
    monkeypatch.setattr(limits, "largest_cache_bytes", lambda: 2**34)
    assert limits.array_bytes("cpu") == limits.MOST_BYTES


def test_arrays_of_another_dtype_take_as_many_bytes():
    for dtype, size in (("float64", 8), ("bfloat16", 2)):
        worker = FakeWorker(1.0)
        limits.reached({"t": worker}, limit="bandwidth", device="cpu", dtype=dtype)
        assert worker.asked.size * size == limits.array_bytes("cpu")


def test_a_worker_that_fails_leaves_the_limit_to_the_others():
    peak = reached("arithmetic", torch=DeadWorker(), tf=FakeWorker(0.01))
    assert peak.framework == "tf"
    assert reached("arithmetic", torch=DeadWorker()) is None


def test_the_best_launch_stays():
    record = RunRecord(run_id="r", created="now", request=requested(), baseline="a/b")
    for per_second, framework in ((2.0, "torch"), (3.0, "tf"), (1.0, "torch")):
        peak = limits.Peak(per_second=per_second, framework=framework)
        limits.note(record, "bandwidth", peak=peak)
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
def test_a_framework_s_own_kernels_reach_limits_that_a_machine_can_have(
    framework, tmp_path
):
    launcher = WorkerPool(
        frameworks=frameworks(), threads=1, device="cpu", logs=tmp_path / "logs"
    )
    with launcher.start(
        framework, cores=available_cores()[:1], cache=tmp_path / "cache", log="w"
    ) as worker:
        worker.hello()
        peaks = {limit: reached(limit, **{framework: worker}) for limit in LIMITS}
    assert 1e9 < peaks["arithmetic"].per_second < 1e14
    assert 1e8 < peaks["bandwidth"].per_second < 1e13
