"""How a worker handles requests, tested without a process."""

from __future__ import annotations

import sys
from time import perf_counter, sleep
from types import ModuleType, SimpleNamespace

import msgspec
import numpy as np
import pytest

from compare.contract import Operation
from compare.numerics.arrays import load_arrays, save_arrays
from compare.workers import framing, messages, worker


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
        return float(self.count)

    def read_loss(self, loss):
        return np.asarray(loss)

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
        step = {"name": "step", "kind": "other operation", "processor": "handler"}
        return [Operation(**step, calls=self.count, self_ns=1.0)]

    def graph(self):
        return SimpleNamespace(captures_count=1)


HELLO = messages.Hello(package="impl_fake", framework="fake", threads=1, cores=[0])


@pytest.fixture
def handler(monkeypatch):
    """A request handler that has imported a fake package."""
    package = ModuleType("impl_fake")
    declared = {"name": "fake", "package": "impl_fake", "backend": ""}
    package.FRAMEWORKS = (SimpleNamespace(**declared, unwanted=("antigravity",)),)
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
    made = worker.RequestHandler()
    made.handle(HELLO)
    return made


def prepare(handler, **changes):
    options = {"mode": "eager", "device": "cpu", "dtype": "float32", "config": {}}
    return handler.handle(messages.Prepare(workload="two_layer", **(options | changes)))


def test_hello_reports_the_cost_of_importing_and_the_settings(handler):
    ready = handler.handle(HELLO)
    assert ready.import_s >= 0
    assert ready.peak_rss_bytes > 10 * 2**20
    assert ready.settings == {"threads": "1"}


def test_replicas_are_configured_and_built_by_their_own_module(handler, monkeypatch):
    seen = []
    module = ModuleType("impl_fake.replicas")
    module.configure = lambda *, replicas: seen.append(("configured", replicas))

    def build(workload, *, replicas, **options):
        seen.append(("built", replicas))
        return FakeSession(workload, **options)

    module.ReplicatedSession = build
    monkeypatch.setitem(sys.modules, module.__name__, module)
    prepare(handler, replicas=1)
    assert seen == []
    handler.handle(msgspec.structs.replace(HELLO, replicas=2))
    prepare(handler, replicas=2)
    assert seen == [("configured", 2), ("built", 2)]


def test_unwanted_modules_cannot_be_imported(handler):
    with pytest.raises(ImportError):
        __import__("antigravity")


def test_other_frameworks_cannot_be_imported_and_leave_no_trace(handler):
    with pytest.raises(ModuleNotFoundError, match="No module named 'torch'"):
        __import__("torch")
    assert "torch" not in sys.modules


def test_a_missing_device_is_a_result(handler):
    assert prepare(handler, device="cuda") == messages.Unavailable(
        reason="no such device"
    )


def test_a_block_times_its_steps_after_a_lead_in(handler):
    prepare(handler)
    sample = handler.handle(messages.Block(lead_in=8, steps=5))
    assert handler._session.count == 13
    assert sample.duration_ns > 0


def test_a_block_reports_what_decides_whether_it_is_valid(handler):
    prepare(handler)
    sample = handler.handle(messages.Block(lead_in=1, steps=1000))
    assert 0 < sample.busy_ns <= 2 * sample.duration_ns + 10**7
    assert 0 <= sample.slept_ns < 10**7
    assert sample.recaptures == 0


def test_only_captures_within_a_block_are_counted(handler):
    prepare(handler)
    handler._session.captures_again_after = 14
    recaptures = [
        handler.handle(messages.Block(lead_in=4, steps=4)).recaptures for _ in "123"
    ]
    assert recaptures == [0, 1, 0]


def test_a_warm_up_has_a_minimum_number_of_steps_and_duration(handler):
    prepare(handler)
    warm = handler.handle(messages.WarmUp(steps=10, seconds=0.01))
    assert handler._session.count >= 20
    assert warm.captures_count == 1


def test_a_session_reports_after_how_many_steps_the_shapes_of_batches_repeat(handler):
    changing = {"workload": "rnn", "config": {"lengths": 3}}
    same = {"workload": "rnn", "config": {"lengths": 3, "padding": "longest"}}
    options = {"mode": "eager", "device": "cpu", "dtype": "float32"}
    for wanted, cycle in ((changing, 3), (same, 1)):
        assert handler.handle(messages.Prepare(**wanted, **options)).cycle == cycle


def test_a_workload_that_only_the_parent_has_is_not_run_with_the_reason(handler):
    options = {"config": {}, "mode": "eager", "device": "cpu", "dtype": "float32"}
    reply = handler.handle(messages.Prepare(workload="elsewhere", **options))
    assert isinstance(reply, messages.Unavailable)
    assert reply.reason.startswith("the workload elsewhere is not installed for /")


@pytest.mark.parametrize(
    ("name", "config", "placed"),
    [
        ("rnn", {"lengths": 64, "longest": 64, "units": 4}, 64),
        ("modular", {"programs": 64}, 64),  # the same shape, other structures
        ("rnn", {"lengths": 64, "longest": 64, "padding": "longest"}, 16),
        ("two_layer", {}, 1),
    ],
)
def test_more_batches_are_kept_ready_only_if_their_structures_differ(
    handler, name, config, placed
):
    options = {"mode": "eager", "device": "cpu", "dtype": "float32"}
    handler.handle(messages.Prepare(workload=name, config=config, **options))
    assert handler._placed == placed


def test_the_first_call_runs_a_step_of_every_shape(handler):
    prepare(handler)
    handler.handle(messages.FirstCall(steps=3))
    assert handler._session.count == 3


def test_a_batch_that_a_mode_cannot_run_is_a_result(handler, monkeypatch):
    def refuse(session, batch):
        raise NotImplementedError("of another shape")

    monkeypatch.setattr(FakeSession, "place", refuse)
    assert prepare(handler) == messages.Unavailable(reason="of another shape")


def test_a_profile_runs_the_requested_number_of_steps(handler):
    prepare(handler)
    profiled = handler.handle(messages.RecordProfile(steps=7, save_to="unused"))
    assert handler._session.count == 7
    (operation,) = profiled.operations
    assert operation.calls == 7


def test_a_slow_kernel_is_repeated_only_within_the_time_limit(handler):
    options = {"size": 1, "dtype": "float32", "device": "cpu", "repeats": 100}
    start = perf_counter()
    request = messages.MeasurePeak(limit="bandwidth", **options, seconds=0.03)
    shortest = handler.handle(request).seconds
    assert perf_counter() - start < 0.5
    assert 0.01 <= shortest < 0.1


def test_a_trajectory_is_saved_step_by_step(handler, tmp_path):
    prepare(handler)
    state = tmp_path / "state.npz"
    save_arrays(state, {"w": np.zeros(2)})
    request = messages.RunTrajectory(state=str(state), steps=3, save_in=str(tmp_path))
    handler.handle(request)
    assert [float(load_arrays(tmp_path / f"{n}.npz")["loss"]) for n in range(3)] == [
        1.0,
        2.0,
        3.0,
    ]
    assert set(load_arrays(tmp_path / "2.npz")) == {"loss", "parameter:w"}


def test_peak_memory_is_that_of_this_process():
    first = worker.peak_rss_bytes()
    block = np.ones(8_000_000)
    assert worker.peak_rss_bytes() >= first
    assert block.nbytes < worker.peak_rss_bytes() < 2**36


def reply_to(handler, request):
    encoded = worker.reply_to(
        framing.encode(request)[framing.HEADER.size :], handler=handler
    )
    return framing.decode_reply(encoded[framing.HEADER.size :])


def test_an_exception_becomes_a_reply_of_bounded_size(handler, monkeypatch):
    def fail(*_):
        raise ValueError("x" * 30_000_000 + "\udcff")

    prepare(handler)
    monkeypatch.setattr(handler._session, "step", fail)
    failed = reply_to(handler, messages.FirstCall())
    assert isinstance(failed, messages.Failed)
    assert failed.error.startswith("ValueError: xxx")
    assert len(failed.error) < 11_000
    assert len(failed.detail) < 1_100_000


def test_a_reply_that_cannot_be_encoded_becomes_an_error(handler, monkeypatch):
    prepare(handler)
    monkeypatch.setattr(handler._session, "profile", lambda *_, **__: [object()])
    failed = reply_to(handler, messages.RecordProfile(steps=1, save_to="unused"))
    assert "Encoding objects of type object is unsupported" in failed.error
