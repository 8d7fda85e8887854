"""Data-parallel training: one device per replica, gradients summed.

MirroredStrategy keeps a copy of every variable on each of several logical
devices of the processor, in one process. It sums the gradients of all. The
devices run a graph at the same time, eager steps one after another.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import tensorflow as tf
from compare.contract import (
    CapturedGraph,
    Device,
    Dtype,
    GraphBreak,
    GraphStage,
    Optimizer,
    Workload,
)
from compare.workloads.shares import (
    divide_batch,
    require_no_buffers,
    require_splittable,
    weigh_share,
)
from tensorflow import Tensor

from impl_tf import layout
from impl_tf.exporting import Deployed
from impl_tf.modes import capture
from impl_tf.session import Session
from impl_tf.step import TrainingStep, Update

# How each mode captures a step, as in modes.py.
CAPTURED: dict[str, Callable[[TrainingStep], TrainingStep]] = {
    "eager": lambda step: step,
    "function": capture,
    "function-relaxed": partial(capture, reduce_retracing=True),
}


def configure(*, replicas: int) -> None:
    """Divide the processor into one device per replica, each with a thread."""
    (processor,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(
        processor, [tf.config.LogicalDeviceConfiguration()] * replicas
    )
    tf.config.threading.set_inter_op_parallelism_threads(replicas)


@dataclass(frozen=True, eq=False)
class Placed:
    """A placed batch: the shares, each on its device, and all of it."""

    shares: Sequence[Any]
    whole: Mapping[str, Any]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.shares)


def synchronized_step(
    objective: Any, *, optimizer: Optimizer, strategy: tf.distribute.Strategy
) -> TrainingStep:
    """Return a step of all replicas: each differentiates, one updates all."""
    parameters = list(objective.trainable_variables)
    update = Update(parameters, optimizer=optimizer)

    def differentiate(inputs: Tensor, targets: Tensor, weight: Tensor) -> Any:
        with tf.GradientTape() as tape:
            loss = objective(inputs, targets) * weight
        gradients = tape.gradient(
            loss, parameters, unconnected_gradients="zero"
        )
        # The gradient of a gathered table is sparse: IndexedSlices.
        return loss, [tf.convert_to_tensor(each) for each in gradients]

    def observe(*batch: Any) -> Any:
        losses, of_replicas = strategy.run(differentiate, args=batch)
        gradients = [
            strategy.reduce(tf.distribute.ReduceOp.SUM, each, axis=None)
            for each in of_replicas
        ]
        # Outside replicas, an assignment changes the copies of all of them.
        update.step(gradients)
        return losses, gradients

    def run(*batch: Any) -> Any:
        return observe(*batch)[0]

    return TrainingStep(run=run, observe=observe, reset=update.reset)


# differs: replicas share one session; each has its own in PyTorch
class ReplicatedSession(Session):
    """The session of all replicas, which share this process."""

    def __init__(
        self,
        workload: Workload,
        *,
        mode: str,
        device: Device,
        dtype: Dtype,
        replicas: int,
    ) -> None:
        require_splittable(workload)
        self._loss, self._replicas = workload.loss, replicas
        self._devices = [f"CPU:{number}" for number in range(replicas)]
        self._strategy = tf.distribute.MirroredStrategy(self._devices)
        super().__init__(workload, mode=mode, device=device, dtype=dtype)

    def _scope(self) -> Any:
        return self._strategy.scope()

    def _make_step(self, objective: Any, *, optimizer: Optimizer) -> Any:
        trained = layout.named_parameters(self._model)
        state = layout.named_state(self._model)
        require_no_buffers([name for name in state if name not in trained])
        with self._scope():
            step = synchronized_step(
                objective, optimizer=optimizer, strategy=self._strategy
            )
        return CAPTURED[self._mode](step)

    def _convert(self, batch: Mapping[str, Any]) -> Any:
        shares = divide_batch(batch, replicas=self._replicas)
        placed = [
            self._convert_share(share, device=device, of=batch)
            for share, device in zip(shares, self._devices, strict=True)
        ]
        together = map(self._distribute, zip(*placed, strict=True))
        return Placed(list(together), whole=batch)

    def _convert_share(
        self, share: Mapping[str, Any], *, device: str, of: Mapping[str, Any]
    ) -> Any:
        inputs, targets = layout.place(share, device=device, dtype=self._dtype)
        weight = weigh_share(share, of=of, loss=self._loss)
        with tf.device(device):
            return inputs, targets, tf.constant(weight, self._dtype)

    def _distribute(self, values: Any) -> Any:
        return self._strategy.experimental_distribute_values_from_function(
            lambda replica: values[replica.replica_id_in_sync_group]
        )

    def convert_whole(self, batch: Mapping[str, Any]) -> Any:
        """Return a batch that is not split, as other sessions place it."""
        return super()._convert(batch)

    def read_loss(self, loss: Any) -> Any:
        losses = self._strategy.experimental_local_results(loss)
        return sum(layout.canonical(each).astype("float64") for each in losses)

    # Breaks are not searched, and an eager step of threads is not recorded.
    def breaks(
        self,
        batches: Sequence[Any] = (),  # noqa: ARG002 - the contract's
    ) -> list[GraphBreak]:
        return []

    def graphs(self) -> list[CapturedGraph]:
        if self._mode != "eager":
            return super().graphs()
        return [
            CapturedGraph(
                stage=GraphStage.RECORDED,
                view="eager step",
                reason="the threads of MirroredStrategy are not recorded",
            )
        ]

    def activations(self, batch: Any) -> dict[str, Any] | None:
        return super().activations(self.convert_whole(batch.whole))

    def predict(self, batch: Any) -> Any:
        return super().predict(self.convert_whole(batch.whole))

    def deployed(self, batch: Any) -> Deployed:
        return super().deployed(self.convert_whole(batch.whole))
