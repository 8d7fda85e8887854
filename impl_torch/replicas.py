"""Data-parallel training: one process per replica, gradients averaged.

DistributedDataParallel averages the gradients of all processes over gloo in
each backward pass. This process is the first replica: it has the others do
what it does (`replica_process`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from compare.contract import (
    CapturedGraph,
    Device,
    Dtype,
    GraphBreak,
    GraphReport,
    Operation,
    Optimizer,
    Snapshot,
    Workload,
)
from compare.workloads.shares import (
    require_no_buffers,
    require_splittable,
    split_batch,
    weigh_share,
)
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from impl_torch import layout
from impl_torch.exporting import Deployed
from impl_torch.profiling import profile
from impl_torch.replica_process import (
    GROUPS,
    Group,
    Placed,
    replace_batches,
)
from impl_torch.session import Session


def configure(*, replicas: int) -> None:
    """Start the other replicas, which import PyTorch meanwhile."""
    GROUPS[replicas] = Group(replicas)


class WeightedObjective(nn.Module):
    """An objective whose loss is scaled by the weight of the share."""

    def __init__(self, objective: Any) -> None:
        super().__init__()
        self.objective = objective
        self.model = objective.model

    # differs: DDP averages, so a share's weight is multiplied by their number
    def forward(self, inputs: Any, targets: tuple[Tensor, Tensor]) -> Tensor:
        of_share, weight = targets
        return self.objective(inputs, of_share) * weight


def synchronize_gradients(objective: nn.Module) -> nn.Module:
    """Wrap an objective: its backward pass averages over all replicas."""
    return DistributedDataParallel(objective)


@dataclass(frozen=True, kw_only=True)
class ReplicaPlace:
    """Which replica of how many a session is."""

    rank: int
    replicas: int


class Replica(Session):
    """The session of one replica, which trains on its share of each batch."""

    def __init__(
        self,
        workload: Workload,
        *,
        mode: str,
        device: Device,
        dtype: Dtype,
        place: ReplicaPlace,
    ) -> None:
        require_splittable(workload)
        self._rank, self._replicas = place.rank, place.replicas
        self._loss = workload.loss
        super().__init__(workload, mode=mode, device=device, dtype=dtype)

    def _make_step(self, objective: Any, *, optimizer: Optimizer) -> Any:
        require_no_buffers([name for name, _ in self._model.named_buffers()])
        weighted = WeightedObjective(objective)
        return super()._make_step(
            synchronize_gradients(weighted), optimizer=optimizer
        )

    def _convert(self, batch: Mapping[str, Any]) -> Any:
        share = split_batch(batch, replicas=self._replicas)[self._rank]
        weight = weigh_share(share, of=batch, loss=self._loss)
        inputs, targets = super()._convert(share)
        scale = torch.tensor(weight * self._replicas, dtype=self._dtype)
        return inputs, (targets, scale)

    def convert_whole(self, batch: Mapping[str, Any]) -> Any:
        """Return a batch that is not split, as other sessions place it."""
        return super()._convert(batch)

    def read_loss(self, loss: Any) -> Any:
        total = loss.detach().double()
        distributed.all_reduce(total)
        return layout.canonical(total / self._replicas)


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
