"""A session in NumPy: the reference's own step, and cheats built on it.

Each cheat makes timed steps look faster than they are. All of them fulfil the contract
as long as the results of timed steps are not read.
"""

from __future__ import annotations

import sys
from threading import Event, Thread
from time import sleep
from types import ModuleType, SimpleNamespace

import numpy as np

from compare.numerics.einsum import matmul_einsum
from compare.workers import messages, worker

HONEST_CALLS = 30  # of the cheats that begin later


class NumpySession:
    """Runs the reference's step; its loss is an array."""

    def __init__(self, workload, *, mode, device, dtype):
        self.workload, self.calls = workload, 0
        self.load(workload.parameters(dtype))

    def place(self, batch):
        return dict(batch)

    def step(self, batch):
        self.calls += 1
        found = self.workload.reference(
            self.now, batch, einsum=matmul_einsum, memory=self.memory
        )
        self.now, self.memory = found.parameters, found.memory
        return found.loss

    def read_loss(self, loss):
        return np.asarray(loss)

    def synchronize(self):
        pass

    def load(self, parameters):
        self.now, self.memory = dict(parameters), {}

    def parameters(self):
        return {name: array.copy() for name, array in self.now.items()}

    def captures_count(self):
        return 0


class DoesNothing(NumpySession):
    def step(self, batch):
        return np.float64(1.0)


class CachesByBatch(NumpySession):
    """Returns the loss of the first step on a batch, and runs no second one."""

    def __init__(self, *workload, **options):
        super().__init__(*workload, **options)
        self.known = {}

    def step(self, batch):
        if id(batch) not in self.known:
            self.known[id(batch)] = (super().step(batch), batch)
        return self.known[id(batch)][0]


LATE_S = 0.2  # the duration of late work, much longer than other work of a busy machine


class RunsWhenRead(NumpySession):
    """Runs no step before a result of it is read."""

    def __init__(self, *workload, **options):
        self.waiting = []
        super().__init__(*workload, **options)

    def step(self, batch):
        self.waiting.append(batch)
        return len(self.waiting)

    def read_loss(self, loss):
        self.run_waiting()
        return np.asarray(self.last)

    def parameters(self):
        self.run_waiting()
        return super().parameters()

    def run_waiting(self):
        if self.waiting:
            sleep(LATE_S)
        for batch in self.waiting:
            self.last = NumpySession.step(self, batch)
        self.waiting = []


class SkipsEverySecondUpdate(NumpySession):
    def step(self, batch):
        before = self.now
        loss = super().step(batch)
        if self.calls % 2:
            self.now = before
        return loss


class SkipsLaterUpdates(NumpySession):
    def step(self, batch):
        before = self.now
        loss = super().step(batch)
        if self.calls > HONEST_CALLS:
            self.now = before
        return loss


class ReturnsStaleLoss(NumpySession):
    """Returns the loss of the step before, after a while."""

    def step(self, batch):
        loss = super().step(batch)
        stale = getattr(self, "stale", loss)
        self.stale = loss
        return stale if self.calls > HONEST_CALLS else loss


class UpdatesInAnotherThread(NumpySession):
    """Updates the parameters in a thread, which no method waits for."""

    def __init__(self, *workload, **options):
        self.may_update, self.threads = Event(), []
        super().__init__(*workload, **options)

    def load(self, parameters):
        self.let_threads_update()
        super().load(parameters)

    def step(self, batch):
        before = self.now
        loss = super().step(batch)
        after, self.now = self.now, before
        thread = Thread(target=self.update, args=(after,), daemon=True)
        thread.start()
        self.threads.append(thread)
        return loss

    def update(self, after):
        self.may_update.wait()
        self.now = after

    def read_loss(self, loss):
        self.let_threads_update()
        return super().read_loss(loss)

    def let_threads_update(self):
        self.may_update.set()
        for thread in self.threads:
            thread.join()
        self.threads = []
        self.may_update.clear()


class IsNotDeterministic(NumpySession):
    """No cheat: its results differ by rounding from repetition to repetition."""

    def __init__(self, *workload, **options):
        super().__init__(*workload, **options)
        self.rng = np.random.default_rng(7)

    def step(self, batch):
        loss = super().step(batch)
        self.now = {
            name: array * (1 + 1e-7 * self.rng.standard_normal(array.shape))
            for name, array in self.now.items()
        }
        return loss


class SmallWorker:
    """A worker without a process: requests go to the real handler."""

    def __init__(self, session, monkeypatch):
        package = ModuleType("impl_small")
        declared = SimpleNamespace(
            name="small", package="impl_small", backend="", unwanted=()
        )
        package.FRAMEWORKS = (declared,)
        runtime = ModuleType("impl_small.runtime")
        runtime.missing = lambda *, device: ""
        runtime.configure = lambda *, threads: None
        runtime.versions = dict
        runtime.settings = dict
        runtime.mark = lambda *, device: None
        runtime.between_ns = lambda start, end: None
        runtime.peak_device_bytes = lambda *, device: None
        runtime.forget_peak = lambda *, device: None
        sessions = ModuleType("impl_small.session")
        sessions.Session = session
        for module in (package, runtime, sessions):
            monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr("sys.meta_path", [*sys.meta_path])
        monkeypatch.setattr("os.sched_setaffinity", lambda *_: None, raising=False)
        self.handler = worker.RequestHandler()
        hello = {"package": "impl_small", "framework": "small"}
        self.request(messages.Hello(**hello, threads=1, cores=[0]))

    def request(self, request, reply=None):
        return self.handler.handle(request)
