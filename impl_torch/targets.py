"""Users' own models: how they are built, called and read."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from compare.contract import Dtype
from torch import Tensor, nn

from impl_torch import layout
from impl_torch.axes import canonical_axes
from impl_torch.guesses import declared_inputs, layer_inputs, read_examples
from impl_torch.step import LOSSES

__all__ = [
    "LOSSES",
    "canonical_axes",
    "declared_inputs",
    "layer_inputs",
    "read_examples",
]

Named = Mapping[str, Tensor]


def restart_names() -> None:
    """Let a model that is built again have the same names."""
    # differs: names are attributes here; Keras numbers the layers of a process


def prepare(*, dtype: Dtype, seed: int) -> None:
    """Seed everything that a model may draw, before it is built or called."""
    torch.manual_seed(seed)


def repeat_draws() -> None:
    """Let every mode and every dtype draw the same random numbers."""
    # differs: an option of the compiler; a function of Keras is replaced
    from torch._inductor import config

    config.fallback_random = True
    # Draws must stay in their order, although nothing else depends on it.
    config.reorder_for_locality = False
    config.reorder_for_peak_memory = False


def native_dtype(dtype: Dtype) -> Any:
    """Return a dtype as the framework names it."""
    return getattr(torch, dtype)


def creating_variables(dtype: Dtype) -> AbstractContextManager[None]:
    """Do nothing: `adopt` converts a finished module."""
    # differs: TensorFlow's variables have a dtype from the beginning
    return nullcontext()


def adopt(made: Any, *, dtype: Dtype) -> nn.Module:
    """Return a model in this dtype, in training mode.

    Raises:
        TypeError: it is no model of this framework.
    """
    if not isinstance(made, nn.Module):
        kind = type(made).__name__
        raise TypeError(f"expected a torch.nn.Module; received {kind}")
    return made.to(getattr(torch, dtype)).train()


def state(model: nn.Module) -> dict[str, Tensor]:
    """Return parameters and floating-point buffers by name."""
    buffers = [
        (name, buffer)
        for name, buffer in model.named_buffers()
        if buffer.is_floating_point()
    ]
    return {**dict(model.named_parameters()), **dict(buffers)}


def draw_states(model: nn.Module) -> list[tuple[Any, Any]]:
    """Return the variables that random draws depend on, and their values."""
    # differs: PyTorch draws from one generator; a Keras layer has its own seed
    return []


def trained(model: nn.Module) -> list[str]:
    """Return the names of the parameters that are updated, in their order."""
    return [name for name, p in model.named_parameters() if p.requires_grad]


def frozen(model: nn.Module) -> list[str]:
    """Return the names of the parameters that are not updated."""
    # differs: Keras counts running statistics to these; they are buffers
    found = model.named_parameters()
    return [name for name, p in found if not p.requires_grad]


def tied(model: nn.Module) -> list[str]:
    """Return the further names of parameters that have several."""
    own = dict(model.named_parameters())
    every = dict(model.named_parameters(remove_duplicate=False))
    return [name for name in every if name not in own]


def call(model: nn.Module, inputs: Named) -> dict[str, Tensor]:
    """Call a model; arguments with a number for a name are positional."""
    positional = [tensor for name, tensor in inputs.items() if name.isdigit()]
    named = {n: tensor for n, tensor in inputs.items() if not n.isdigit()}
    return dict(flatten(model(*positional, **named)))


def flatten(outputs: Any, name: str = "") -> Iterator[tuple[str, Tensor]]:
    """Yield the floating-point tensors of nested outputs, by key or index."""
    if isinstance(outputs, Tensor):
        if outputs.is_floating_point():
            yield name or "0", outputs
    elif isinstance(outputs, Mapping):
        for key, value in outputs.items():
            yield from flatten(value, f"{name}.{key}" if name else str(key))
    elif isinstance(outputs, tuple | list):
        for key, value in enumerate(outputs):
            yield from flatten(value, f"{name}.{key}" if name else str(key))


def to_tensor(array: Any, *, dtype: Dtype) -> Tensor:
    """Return an array as a tensor; floating-point ones in this dtype."""
    tensor = torch.from_numpy(array.copy())
    kind = getattr(torch, dtype) if tensor.is_floating_point() else None
    return tensor.to(kind)


def to_array(tensor: Tensor) -> Any:
    """Return a tensor as an array."""
    return layout.to_numpy(tensor)


def count_flops(model: nn.Module, inputs: Named) -> float:
    """Return the floating-point operations of one call."""
    # differs: TensorFlow's profiler prints to stdout
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        call(model, inputs)
    return float(counter.get_total_flops())


class TargetObjective(nn.Module):
    """A user's model and a loss over its outputs."""

    def __init__(
        self,
        model: nn.Module,
        *,
        names: Sequence[str],
        loss: str,
        output: str = "",
        training: bool = True,
    ) -> None:
        super().__init__()
        self.model, self.names = model.train(training), tuple(names)
        self.loss, self.output = LOSSES[loss], output

    def forward(
        self, inputs: tuple[Tensor, ...], targets: tuple[Tensor, ...]
    ) -> Tensor:
        return self.loss_of(self.outputs(inputs), targets)

    def loss_of(self, outputs: Any, targets: Any) -> Tensor:
        """Return the sum of the losses of all outputs."""
        pairs = zip(outputs, targets, strict=True)
        return torch.stack([self.loss(o, t) for o, t in pairs]).sum()

    def with_model(self, model: nn.Module) -> "TargetObjective":
        """Return the same objective of another form of the model."""
        changed = copy.copy(self)
        changed._modules = {"model": model}
        return changed

    def outputs(self, inputs: tuple[Tensor, ...]) -> list[Tensor]:
        """Return the outputs that the loss takes."""
        named = dict(zip(self.names, inputs, strict=True))
        found = call(self.model, named)
        return [found[self.output]] if self.output else list(found.values())


class Outputs(nn.Module):
    """The forward pass of an objective alone, for its layers' outputs."""

    def __init__(self, objective: TargetObjective) -> None:
        super().__init__()
        self.objective = objective

    def forward(self, inputs: tuple[Tensor, ...]) -> list[Tensor]:
        return self.objective.outputs(inputs)
