"""Data-parallel training: one process per replica, gradients averaged.

This process is the first replica (`replica`). It has the others make the
calls that it makes (`replica_process`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from compare.contract import (
    CapturedGraph,
    Device,
    Dtype,
    GraphBreak,
    GraphReport,
    Operation,
    Snapshot,
    Workload,
)

from impl_torch.exporting import Deployed
from impl_torch.profiling import profile
from impl_torch.replica import Replica, ReplicaPlace
from impl_torch.replica_process import (
    GROUPS,
    Group,
    Placed,
    replace_batches,
)


def configure(*, replicas: int) -> None:
    """Start the other replicas, which import PyTorch meanwhile."""
    GROUPS[replicas] = Group(replicas)


# differs: each replica has its own session; they share one in TensorFlow
class ReplicatedSession:
    """The session of the first replica, which the others follow."""

    def __init__(
        self,
        workload: Workload,
        *,
        mode: str,
        device: Device,
        dtype: Dtype,
        replicas: int,
    ) -> None:
        options: Any = {"mode": mode, "device": device, "dtype": dtype}
        self._device = device
        self._group = GROUPS[replicas]
        self._group.join()
        self._group.send("build", workload, options)
        with self._group.explaining():
            place = ReplicaPlace(rank=0, replicas=replicas)
            self._own = Replica(workload, **options, place=place)

    def _together(self, name: str, *arguments: Any) -> Any:
        """Call a method of every replica; return what the first returns."""
        own = replace_batches(arguments, Placed, lambda batch: batch.own)
        self._group.send(name, *arguments)
        with self._group.explaining():
            return getattr(self._own, name)(*own)

    def place(self, batch: Mapping[str, Any]) -> Any:
        return self._group.place(batch, own=self._own.place(batch))

    def step(self, batch: Any) -> Any:
        return self._together("step", batch)

    def read_loss(self, loss: Any) -> Any:
        # The others read the loss of their own last step.
        self._group.send("read_loss")
        with self._group.explaining():
            return self._own.read_loss(loss)

    def synchronize(self) -> None:
        self._own.synchronize()

    def snapshot(self, batch: Any) -> Snapshot:
        return self._together("snapshot", batch)

    def activations(self, batch: Any) -> dict[str, Any] | None:
        return self._own.activations(self._own.convert_whole(batch.whole))

    def operations(self, operands: Mapping[str, Any]) -> dict[str, Any] | None:
        return self._own.operations(operands)

    def predict(self, batch: Any) -> Any:
        return self._own.predict(self._own.convert_whole(batch.whole))

    def deployed(self, batch: Any) -> Deployed:
        return self._own.deployed(self._own.convert_whole(batch.whole))

    def load(self, parameters: Mapping[str, Any]) -> None:
        self._together("load", parameters)

    def set_parameters(self, parameters: Mapping[str, Any]) -> None:
        self._together("set_parameters", parameters)

    def parameters(self) -> dict[str, Any]:
        return self._own.parameters()

    def captures_count(self) -> int:
        return self._own.captures_count()

    def graph(self) -> GraphReport:
        return self._together("graph")

    def breaks(self, batches: Sequence[Any] = ()) -> list[GraphBreak]:
        return self._together("breaks", list(batches))

    def graphs(self) -> list[CapturedGraph]:
        return self._together("graphs")

    def named_state(self) -> dict[str, Any]:
        """Return the framework's own parameters and buffers by name."""
        return self._own.named_state()

    def profile(
        self, batches: Sequence[Any], *, save_to: str
    ) -> list[Operation]:
        return profile(self, batches, device=self._device, save_to=save_to)
