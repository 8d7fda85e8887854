"""The session of a user's own model, which every mode can run."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras
import tensorflow as tf
from compare.contract import NO_OPTIMIZER, Device, Dtype
from compare.targets.loading import load_model
from compare.targets.placing import Placing
from compare.workloads.target import TargetWorkload

from impl_tf import introspect, runtime, session, targets
from impl_tf.activations import activations
from impl_tf.exporting import Deployed, ListModel
from impl_tf.modes import MODES
from impl_tf.step import TrainingStep

# The modes that capture a step twice: as it is timed, and with its gradients.
WHOLE_STEPS = ("xla",)


class Session(session.Session):
    """A user's model in its own layout, and one mode's step."""

    def __init__(
        self,
        workload: TargetWorkload,
        *,
        mode: str,
        device: Device,
        dtype: Dtype,
    ) -> None:
        introspect.reset()
        self._workload, self._kind = workload, dtype
        if workload.is_random:
            targets.repeat_draws()
        targets.restart_names()
        targets.prepare(dtype=dtype, seed=workload.seed)
        self._device, self._mode = device, mode
        self._dtype, self._seed = tf.as_dtype(dtype), workload.seed
        with (
            tf.device(runtime.device_name(device)),
            targets.creating_variables(dtype),
        ):
            source = workload.sources["tf"]
            made = load_model(source, dtype=self._dtype)
            self._model = targets.adopt(made, dtype=dtype)
        self._draws = targets.draw_states(self._model)
        self._placing = Placing(workload.placements.get("tf"))
        self._objective = targets.TargetObjective(
            self._model,
            names=[spec.name for spec in workload.inputs],
            loss=workload.loss,
            output=workload.output,
            training=workload.optimizer.name != NO_OPTIMIZER,
        )
        self._example = self.place(next(workload.batches(dtype)))
        with targets.creating_variables(dtype):  # those of the first call
            self._objective.outputs(self._example[0])
        self.set_parameters(workload.parameters(dtype))
        self._step = MODES[mode](
            self._objective,
            optimizer=workload.optimizer,
            example=self._example,
        )
        if mode in WHOLE_STEPS and dtype != workload.dtype:
            self._step = sharing_capture(self._step)
        self._run = self._step.run
        self.load(workload.parameters(dtype))

    def place(self, batch: Mapping[str, Any]) -> Any:
        name = runtime.device_name(self._device)
        with tf.device(name):
            return tuple(
                tuple(targets.to_tensor(a, dtype=self._kind) for a in part)
                for part in self._placing.split(batch)
            )

    def name_gradients(self, gradients: Sequence[Any]) -> dict[str, Any]:
        names = targets.trained(self._model) if gradients else []
        arrays = map(targets.to_array, gradients)
        return self._placing.shared(dict(zip(names, arrays, strict=True)))

    def activations(self, batch: Any) -> dict[str, Any] | None:
        layers = targets.Outputs(self._objective)
        before = self.parameters()
        # A mode captures with the initial parameters, which may be read then.
        self.set_parameters(self._workload.parameters(self._kind))
        found = activations(
            layers,
            batch[0],
            mode=self._mode,
            example=self._example[0],
            restore=lambda: self.load(before),
        )
        if found is None:
            return None
        return {
            name.removeprefix("objective.model."): targets.to_array(output)
            for name, output in found.items()
            if name not in ("objective", "objective.model")
        }

    def predict(self, batch: Any) -> Any:
        outputs = self._objective.outputs(batch[0], training=False)
        return self._placing.join(list(map(targets.to_array, outputs)))

    def deployed(self, batch: Any) -> Deployed:
        inputs, _ = batch
        return Deployed(model=ListModel(self._objective), inputs=inputs)

    def load(self, parameters: Mapping[str, Any]) -> None:
        super().load(parameters)
        # The same draws, such as masks of dropout, follow from every state.
        keras.utils.set_random_seed(self._seed)
        for variable, value in self._draws:
            variable.assign(value)

    def set_parameters(self, parameters: Mapping[str, Any]) -> None:
        own = self._placing.own(parameters)
        for name, variable in targets.state(self._model).items():
            variable.assign(own[name])

    def named_state(self) -> dict[str, Any]:
        return dict(targets.state(self._model))

    def parameters(self) -> dict[str, Any]:
        state = targets.state(self._model)
        arrays = {name: targets.to_array(each) for name, each in state.items()}
        return self._placing.shared(arrays)


def sharing_capture(step: TrainingStep) -> TrainingStep:
    """Return a step whose only capture also returns the gradients.

    A capture takes half a minute. Steps that are not timed need no second
    one: the timed step is compared in the dtype in which it is timed.
    """
    return replace(
        step,
        run=lambda *batch: step.observe(*batch)[0],
        graph=step.observe,
    )
