"""A worker that computes with NumPy what a framework would: the reference itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from compare import workloads
from compare.agreement.precision import compute_exactly
from compare.contract import TensorKind, key_by_quantity, tensor_kind
from compare.numerics.arrays import load_arrays, save_arrays
from compare.numerics.dtypes import round_to_dtype
from compare.reference.evaluation import as_float64
from compare.workers import messages
from compare.workers.process import CannotRunError

Change = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]


def keep(request: str, arrays: Mapping[str, Any]) -> Mapping[str, Any]:
    """Change nothing."""
    return arrays


@dataclass(kw_only=True)
class ReferenceWorker:
    """Answers requests in this process.

    Args:
        change: takes the name of a request and the arrays of its result; returns those
            that are saved. Tests plant defects with it.
        exposes: whether intermediate results can be requested.
        requests: those received so far.
    """

    change: Change = keep
    exposes: bool = True
    requests: list[messages.Request] = field(default_factory=list)

    def request(self, request: messages.Request, reply: type) -> Any:
        """Carry out a request; its reply is always the expected one."""
        encoded = msgspec.json.encode(request)  # as for a process
        request = msgspec.json.decode(encoded, type=messages.Request)
        self.requests.append(request)
        found = getattr(self, f"_{type(request).__name__}")(request)
        assert isinstance(found, reply), f"{request}: {reply}"
        return found

    def hello(self) -> Any:
        """Return what a worker reports when it starts."""
        versions = {"numpy": "1.2.3"}
        return messages.Ready(
            import_s=0.0, peak_rss_bytes=0, versions=versions, settings={}
        )

    def _Prepare(self, request: Any) -> Any:  # noqa: N802 - the name of a message
        self.dtype = request.dtype
        self.workload = workloads.build(request.workload, request.config)
        return messages.Prepared(prepare_s=0.0)

    def _TakeSnapshot(self, request: Any) -> Any:  # noqa: N802
        snapshot = next(self._steps(request.state, start=request.step))
        arrays = {
            name: array
            for name, array in snapshot.quantities().items()
            if tensor_kind(name) != TensorKind.ACTIVATION
        }
        return self._save("TakeSnapshot", arrays, request.save_to)

    def _TakeActivations(self, request: Any) -> Any:  # noqa: N802
        if not self.exposes:
            raise CannotRunError("this mode does not expose its intermediate results")
        snapshot = next(self._steps(request.state, start=request.step))
        return self._save("TakeActivations", snapshot.activations, request.save_to)

    def _TakeOperations(self, request: Any) -> Any:  # noqa: N802
        if not self.exposes:
            raise CannotRunError("this mode does not expose its intermediate results")
        exact = compute_exactly(load_arrays(Path(request.operands)))
        return self._save("TakeOperations", exact, request.save_to)

    def _Predict(self, request: Any) -> Any:  # noqa: N802
        snapshot = next(self._steps(request.state, start=request.step))
        outputs = list(snapshot.activations.values())[-1]
        parameters = load_arrays(Path(request.state))
        arrays = {
            str(TensorKind.PREDICTION): outputs,
            **key_by_quantity(parameters, TensorKind.PARAMETER),
        }
        return self._save("Predict", arrays, request.save_to)

    def _RunTrajectory(self, request: Any) -> Any:  # noqa: N802
        steps = self._steps(request.state, start=0, restarts=request.restarts)
        for number, snapshot in enumerate(islice(steps, request.steps)):
            kinds = {TensorKind.LOSS, TensorKind.PARAMETER}
            arrays = {
                name: array
                for name, array in snapshot.quantities().items()
                if tensor_kind(name) in kinds
            }
            path = Path(request.save_in) / f"{number}.npz"
            self._save("RunTrajectory", arrays, path)
        return messages.Done()

    def _steps(
        self, state: str, *, start: int, restarts: Mapping[int, str] = {}
    ) -> Any:
        """Yield a snapshot of each step, in float64, rounded to the session's dtype."""
        parameters = load_arrays(Path(state))
        memory: Mapping[str, Any] = {}
        stream = workloads.stream(self.workload, dtype=self.dtype)
        for step, batch in enumerate(islice(stream, start, None), start):
            if step in restarts:
                parameters = load_arrays(Path(restarts[step]))
            snapshot = self.workload.reference(
                as_float64(parameters), as_float64(batch), memory=memory
            )
            yield snapshot
            memory = snapshot.memory
            parameters = {
                name: round_to_dtype(array, self.dtype)
                for name, array in snapshot.parameters.items()
            }

    def _save(self, request: str, arrays: Mapping[str, Any], path: Any) -> Any:
        save_arrays(Path(path), self.change(request, arrays))
        return messages.Done()
