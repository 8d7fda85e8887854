"""What a worker does with a message, without a process around it."""

from __future__ import annotations

import sys
from time import perf_counter, sleep
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from compare.contract import Operation
from compare.numerics.arrays import load_arrays, save_arrays
from compare.workers import messages, worker


class FakeSession:
    """Counts its steps; its loss is the number of steps so far."""

    def __init__(self, workload, *, mode, device, dtype):
        self.count, self.mode = 0, mode
        self.captures_again_after = 10**9
        self.loaded = None

    def place(self, batch):
        return batch

    def step(self, batch):
        self.count += 1

    def step_loss(self, batch):
        self.step(batch)
        return np.asarray(float(self.count))

    def synchronize(self):
        pass

    def load(self, parameters):
        self.loaded = parameters

    def parameters(self):
        return {"w": np.full(2, self.count)}

    def captures_count(self):
        return 1 + (self.count > self.captures_again_after)

    def profile(self, batches, *, save_to):
        for batch in batches:
            self.step(batch)
        step = {"name": "step", "kind": "other operation", "processor": "host"}
        return [Operation(**step, calls=self.count, self_ns=1.0)]

    def graph(self):
        return SimpleNamespace(captures_count=1)


@pytest.fixture
def host(monkeypatch):
    """A worker that has said hello to a package which is not there."""
    package = ModuleType("impl_fake")
    package.FRAMEWORK = SimpleNamespace(unwanted=("antigravity",))
    runtime = ModuleType("impl_fake.runtime")
    runtime.missing = lambda *, device: "no such device" if device == "cuda" else ""
    runtime.configure = lambda *, threads: None
    runtime.versions = lambda: {"fake": "1"}
    runtime.settings = lambda: {"threads": "1"}
    runtime.mark = lambda *, device: None
    runtime.between_ns = lambda start, end: None
    runtime.peak_device_bytes = lambda *, device: None
    runtime.forget_peak = lambda *, device: None
    runtime.LIMITS = {"bandwidth": lambda *, size, dtype, device: lambda: sleep(0.01)}
    session = ModuleType("impl_fake.session")
    session.Session = FakeSession
    for module in (package, runtime, session):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(sys.modules, "antigravity", None)
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.setattr("sys.meta_path", [*sys.meta_path])
    monkeypatch.setattr("os.sched_setaffinity", lambda *_: None, raising=False)
    made = worker.Host()
    made.answer(messages.Hello(package="impl_fake", threads=1, cores=[0]))
    return made


def prepare(host, **changes):
    options = {"mode": "eager", "device": "cpu", "dtype": "float32", "config": {}}
    return host.answer(messages.Prepare(workload="two_layer", **(options | changes)))


def test_hello_tells_what_importing_cost_and_what_is_set(host):
    ready = host.answer(messages.Hello(package="impl_fake", threads=1, cores=[0]))
    assert ready.import_s >= 0
    assert ready.peak_rss_bytes > 10 * 2**20
    assert ready.settings == {"threads": "1"}


def test_what_a_framework_does_not_want_cannot_be_imported(host):
    with pytest.raises(ImportError):
        __import__("antigravity")


def test_a_framework_that_is_not_the_worker_s_own_is_kept_out_without_a_trace(host):
    with pytest.raises(ModuleNotFoundError, match="No module named 'torch'"):
        __import__("torch")
    assert "torch" not in sys.modules


def test_a_device_that_is_not_there_is_a_result(host):
    assert prepare(host, device="cuda") == messages.Missing(reason="no such device")


def test_a_block_leads_in_and_then_times_its_steps(host):
    prepare(host)
    sample = host.answer(messages.Block(lead_in=8, steps=5))
    assert host._session.count == 13
    assert sample.duration_ns > 0


def test_a_block_tells_what_it_takes_to_know_whether_it_counts(host):
    prepare(host)
    sample = host.answer(messages.Block(lead_in=1, steps=1000))
    assert 0 < sample.busy_ns <= 2 * sample.duration_ns + 10**7
    assert 0 <= sample.slept_ns < 10**7
    assert sample.recaptures == 0


def test_a_capture_inside_a_block_is_told_and_one_before_it_is_not(host):
    prepare(host)
    host._session.captures_again_after = 14
    told = [host.answer(messages.Block(lead_in=4, steps=4)).recaptures for _ in "123"]
    assert told == [0, 1, 0]


def test_warming_up_steps_at_least_so_often_and_so_long(host):
    prepare(host)
    warm = host.answer(messages.WarmUp(steps=10, seconds=0.01))
    assert host._session.count >= 20
    assert warm.captures_count == 1


def test_a_profile_takes_as_many_steps_as_asked(host):
    prepare(host)
    profiled = host.answer(messages.Profile(steps=7, save_to="nowhere"))
    assert host._session.count == 7
    (operation,) = profiled.operations
    assert operation.calls == 7


def test_a_slow_kernel_is_repeated_no_longer_than_asked(host):
    asked = {"size": 1, "dtype": "float32", "device": "cpu", "repeats": 100}
    began = perf_counter()
    reach = messages.Reach(limit="bandwidth", **asked, seconds=0.03)
    shortest = host.answer(reach).seconds
    assert perf_counter() - began < 0.5
    assert 0.01 <= shortest < 0.1


def test_a_trajectory_is_saved_step_by_step(host, tmp_path):
    prepare(host)
    state = tmp_path / "state.npz"
    save_arrays(state, {"w": np.zeros(2)})
    request = messages.Trajectory(state=str(state), steps=3, save_in=str(tmp_path))
    host.answer(request)
    assert [float(load_arrays(tmp_path / f"{n}.npz")["loss"]) for n in range(3)] == [
        1.0,
        2.0,
        3.0,
    ]
    assert set(load_arrays(tmp_path / "2.npz")) == {"loss", "parameter:w"}


def test_peak_memory_is_this_process_s_own():
    first = worker.peak_rss_bytes()
    block = np.ones(8_000_000)
    assert worker.peak_rss_bytes() >= first
    assert block.nbytes < worker.peak_rss_bytes() < 2**36
