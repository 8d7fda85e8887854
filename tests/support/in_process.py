"""A session and a worker in this process, for tests of the agreement checks.

The session computes with its workload's own reference. Tests plant defects by
overriding one method.
"""

from __future__ import annotations

from compare import workloads
from compare.reference.evaluation import as_float64
from compare.workers import messages
from compare.workers.worker import RequestHandler
from tests.support.numpy_session import NumpySession


class CheckedSession(NumpySession):
    """A NumPy session with everything that the agreement checks request."""

    dtype = "float64"

    def __init__(self, workload):
        super().__init__(workload, mode="eager", device="cpu", dtype=self.dtype)

    def place(self, batch):
        return as_float64(batch)

    def compute(self, batch):
        return self.workload.reference(self.now, batch, memory=self.memory)

    def snapshot(self, batch):
        now = self.compute(batch)
        self.step(batch)
        return now

    def activations(self, batch):
        return self.compute(batch).activations

    def predict(self, batch):
        return list(self.compute(batch).activations.values())[-1]

    def set_parameters(self, parameters):
        self.now = as_float64(parameters)


class InProcessWorker:
    """Answers requests like a worker, with a session in this process."""

    def __init__(self, session):
        self._handler = RequestHandler()
        self._handler._session = session
        self._handler._workload = session.workload
        self._handler._dtype = session.dtype

    def request(self, request, expected):
        reply = self._handler.handle(request)
        assert isinstance(reply, expected)
        return reply


def train(session, *, folder):
    """Train a session for all epochs of its workload, as a run does."""
    folder.mkdir(parents=True, exist_ok=True)
    worker = InProcessWorker(session)
    for epoch in range(session.workload.epochs):
        request = messages.Epoch(epoch=epoch, save_in=str(folder))
        worker.request(request, messages.EpochDone)


def small_cnn(folder):
    """Return a small image classifier with its data in a file."""
    config = {"data": "digits", "batch": 128, "epochs": 2}
    return workloads.stage(workloads.build("cnn", config), folder=folder)
