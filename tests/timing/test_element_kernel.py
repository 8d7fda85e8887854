"""The bare kernel: time per element without dispatch."""

from __future__ import annotations

import pytest

from compare.errors import WorkerError
from compare.frameworks import frameworks
from compare.machine import available_cores
from compare.runs.record import RunRecord
from compare.timing.element_kernel import measure_element_ns, record_element_ns
from compare.workers import messages
from compare.workers.pool import WorkerPool
from compare.workers.process import CannotRunError
from tests.support.requested import requested


class KernelWorker:
    """A worker whose additions take a dispatch and a time per element."""

    def __init__(self, *, dispatch_s=0.0, element_ns=0.0):
        self.dispatch_s, self.element_ns = dispatch_s, element_ns

    def request(self, request, reply):
        assert (request.limit, reply) == ("bandwidth", messages.Elapsed)
        seconds = self.dispatch_s + 1e-9 * self.element_ns * request.size
        return reply(seconds=seconds)


class BrokenWorker:
    """A worker whose every request fails."""

    def __init__(self, error):
        self.error = error

    def request(self, *_):
        raise self.error


def measure(**workers):
    return measure_element_ns(workers, device="cpu", dtype="float32")


@pytest.mark.parametrize("dispatch_s", [0.0, 1e-6, 1e-3])
def test_dispatch_is_no_part_of_the_kernel(dispatch_s):
    worker = KernelWorker(dispatch_s=dispatch_s, element_ns=0.25)
    assert measure(torch=worker) == pytest.approx(0.25)


def test_the_fastest_framework_counts():
    fast, slow = KernelWorker(element_ns=0.1), KernelWorker(element_ns=0.3)
    assert measure(torch=slow, tf=fast) == pytest.approx(0.1)


def test_a_difference_that_noise_hides_gives_no_kernel():
    assert measure(torch=KernelWorker(dispatch_s=1.0)) is None


@pytest.mark.parametrize(
    "error", [WorkerError("killed"), CannotRunError("no device"), KeyError("a bug")]
)
def test_a_worker_that_fails_is_left_out(error):
    working = KernelWorker(element_ns=0.2)
    assert measure(torch=BrokenWorker(error), tf=working) == pytest.approx(0.2)
    assert measure(torch=BrokenWorker(error)) is None


def test_the_record_keeps_the_shortest_time():
    record = RunRecord(
        run_id="r", created="now", request=requested(), baseline="torch/eager"
    )
    for measured in (0.3, None, 0.2, 0.4):
        record_element_ns(record, measured)
    assert record.element_ns == {"float32": 0.2}


@pytest.mark.parametrize(
    "framework",
    [
        pytest.param("torch", marks=pytest.mark.torch),
        pytest.param("tf", marks=pytest.mark.tf),
    ],
)
def test_the_kernel_of_a_framework_takes_a_plausible_time(framework, tmp_path):
    pool = WorkerPool(
        frameworks=frameworks(), threads=1, device="cpu", logs=tmp_path / "logs"
    )
    with pool.start(
        framework, cores=available_cores()[:1], cache=tmp_path / "cache", log="w"
    ) as worker:
        worker.hello()
        assert 0.005 < measure(**{framework: worker}) < 10
