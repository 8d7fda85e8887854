"""The session of one replica: its share of each batch, gradients averaged.

DistributedDataParallel averages the gradients of all replicas over gloo in
each backward pass.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from compare.contract import (
    Device,
    Dtype,
    GraphReport,
    Optimizer,
    Workload,
)
from compare.workloads.shares import (
    divide_batch,
    require_no_buffers,
    require_splittable,
    weigh_share,
)
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from impl_torch import introspect, layout
from impl_torch.session import Session


class WeightedObjective(nn.Module):
    """An objective whose loss is scaled by the weight of the share."""

    def __init__(self, objective: Any) -> None:
        super().__init__()
        self.objective = objective
        self.model = objective.model

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
        share = divide_batch(batch, replicas=self._replicas)[self._rank]
        # The backward pass averages over replicas; weights would be summed.
        weight = weigh_share(share, of=batch, loss=self._loss)
        inputs, targets = super()._convert(share)
        scale = torch.tensor(weight * self._replicas, dtype=self._dtype)
        return inputs, (targets, scale)

    def convert_whole(self, batch: Mapping[str, Any]) -> Any:
        """Return a batch that is not split, as other sessions place it."""
        return super()._convert(batch)

    def graph(self) -> GraphReport:
        report = super().graph()
        if not report.graph_breaks:
            return report
        # The breaks are in the code of DDP, around the graph of the model.
        captures = introspect.read_compiled_captures(
            self._step, example=self._example
        )
        return replace(report, captures=captures)

    def read_loss(self, loss: Any) -> Any:
        total = loss.detach().double()
        distributed.all_reduce(total)
        return layout.canonical(total / self._replicas)
