"""Call a function and collect everything that is compared, as arrays."""

from __future__ import annotations

import random
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.contract import DTYPES
from compare.testing.sides import find_owner
from compare.testing.trees import list_leaves, replace_leaves

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from compare.contract import Array, CalledFunction, Dtype
    from compare.testing.calls import Call
    from compare.testing.sides import ComparedFunction

__tracebackhide__ = True  # pytest then shows the line of the test

SEED = 20_240_229


class Role(StrEnum):
    """What a compared tensor is."""

    LAYER = "output of the layer"
    OUTPUT = "output"
    INPUT_GRADIENT = "gradient of the input"
    GRADIENT = "gradient of"
    STATE = "state"  # a parameter, buffer or tensor after the calls


@dataclass(frozen=True, kw_only=True)
class TensorName:
    """Which tensor of which call is compared."""

    role: Role
    name: str = ""
    call: int = 0

    def __str__(self) -> str:
        """Return for example ``output logits``."""
        after = " of call " + str(self.call + 1) if self.call else ""
        return f"{self.role} {self.name}".strip() + after


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """A tensor as an array, and the name of the dtype that it had."""

    array: Array
    dtype: str


@dataclass(frozen=True, kw_only=True)
class CallResults:
    """What the calls of one function computed.

    Attributes:
        leaves: in the order of computation.
        changed: the states that the calls changed.
        dtypes: the floating-point dtypes of inputs, state and outputs.
        not_compared: values that are no tensors, as ``name (class)``.
        reasons: why there are no gradients.
    """

    leaves: Mapping[TensorName, Leaf]
    changed: frozenset[TensorName] = frozenset()
    dtypes: frozenset[str] = frozenset()
    not_compared: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def has_gradients(self) -> bool:
        """Whether an output could be differentiated."""
        roles = {quantity.role for quantity in self.leaves}
        return bool(roles & {Role.INPUT_GRADIENT, Role.GRADIENT})


@dataclass(kw_only=True)
class _Collected:
    leaves: dict[TensorName, Leaf] = field(default_factory=dict)
    dtypes: set[str] = field(default_factory=set)
    not_compared: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


def evaluate_calls(
    side: ComparedFunction,
    calls: Sequence[Call],
    *,
    dtype: Dtype | None,
    with_layers: bool = False,
) -> CallResults:
    """Call a function from its current state, which is the same afterwards.

    Args:
        side: the function.
        calls: in their order; each starts from the state that the one before it left.
        dtype: of floating-point inputs and state; None keeps each.
        with_layers: also collect the outputs of layers, where that is possible.

    Raises:
        NotImplementedError: the state cannot have this dtype.
    """
    function, objects = side.function, side.objects
    if dtype:
        function = side.callables.rebuilt(function, dtype=dtype)
        if function is not side.function:
            objects = {"model": function}
    found, layers = _Collected(), dict[str, Any]()
    recorded = objects if with_layers else {}
    holding = side.callables.holding(objects, dtype=dtype)
    with holding as state, side.keeping(), drawing_repeatably(side):
        before = _read_state(side, state)
        with side.callables.recording_layers(recorded, into=layers):
            caller = _Caller(
                side=side, function=function, dtype=dtype, state=state, found=found
            )
            for number, call in enumerate(calls):
                caller.call(call, number=number)
        after = _read_state(side, state)
    own = {
        TensorName(role=Role.LAYER, name=name): Leaf(array=a, dtype=str(a.dtype))
        for name, a in layers.items()
    }
    return CallResults(
        leaves={**own, **found.leaves, **after},
        changed=frozenset(q for q, leaf in after.items() if _differ(before[q], leaf)),
        dtypes=frozenset(found.dtypes | {leaf.dtype for leaf in after.values()}),
        not_compared=tuple(found.not_compared),
        reasons=tuple(found.reasons),
    )


@contextmanager
def drawing_repeatably(side: ComparedFunction) -> Iterator[None]:
    """Seed every generator, and restore them at the end."""
    before = random.getstate(), np.random.get_state()  # noqa: NPY002 - of users' code
    random.seed(SEED)
    np.random.seed(SEED)  # noqa: NPY002 - the same
    try:
        with side.callables.drawing_from(SEED):
            yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])  # noqa: NPY002 - the same


def _read_state(
    side: ComparedFunction, state: Mapping[str, Any]
) -> dict[TensorName, Leaf]:
    return {
        TensorName(role=Role.STATE, name=name): _read(side, tensor)
        for name, tensor in state.items()
    }


def _read(side: ComparedFunction, tensor: object) -> Leaf:
    """Return a tensor as a copy that later calls do not change."""
    owner = side.callables if side.callables.is_tensor(tensor) else find_owner(tensor)
    array = np.array(owner.to_array(tensor))
    if array.dtype.kind == "c":  # real and imaginary parts are compared
        array = np.stack([array.real, array.imag], axis=-1)
    return Leaf(array=array, dtype=owner.dtype_of(tensor))


@dataclass(kw_only=True)
class _Caller:
    """Calls a function of one side, and collects outputs and gradients.

    Attributes:
        side: the side.
        function: its function, or that function built again in another dtype.
        dtype: of floating-point inputs; None keeps each.
        state: the tensors of models by name.
        found: what is collected.
    """

    side: ComparedFunction
    function: Any
    dtype: Dtype | None
    state: Mapping[str, Any]
    found: _Collected

    def call(self, call: Call, *, number: int) -> None:
        """Call the function once."""
        placed = place_call(self.side, call, dtype=self.dtype)
        floats = {
            path.partition(".")[2]: leaf
            for path, leaf in list_leaves(placed)
            if _is_float(self.side, leaf)
        }
        paths: list[str] = []

        def run(inputs: list[Any]) -> list[Any]:
            leaves = self._run(placed, inputs)
            paths[:] = [path for path, _ in leaves]
            return [leaf for _, leaf in leaves]

        needs_gradient = self.side.callables.needs_gradient
        called = self.side.callables.call(
            run,
            list(floats.values()),
            parameters={n: t for n, t in self.state.items() if needs_gradient(t)},
            draw=draw_cotangent,
        )
        self._collect_outputs(called, paths, number=number)
        self._collect_gradients(called, list(floats), number=number)
        self.found.dtypes.update(map(self.side.callables.dtype_of, floats.values()))

    def _run(
        self, placed: Mapping[str, Any], inputs: Sequence[Any]
    ) -> list[tuple[str, Any]]:
        """Return the outputs for other floating-point inputs, by path."""
        left = iter(inputs)  # in the order of leaves: a tensor may be passed twice

        def choose(leaf: Any) -> Any:  # noqa: ANN401 - of any framework
            return next(left) if _is_float(self.side, leaf) else leaf

        own = replace_leaves(placed, choose)
        return list(list_leaves(self.function(*own["positional"], **own["named"])))

    def _collect_outputs(
        self, called: CalledFunction, paths: list[str], *, number: int
    ) -> None:
        for path, value in zip(paths, called.outputs, strict=True):
            if not find_owner(value).is_tensor(value):
                kind = type(value).__qualname__
                self.found.not_compared.append(f"output {path or kind} ({kind})")
                continue
            leaf = _read(self.side, value)
            quantity = TensorName(role=Role.OUTPUT, name=path, call=number)
            self.found.leaves[quantity] = leaf
            if leaf.array.dtype.kind == "f":
                self.found.dtypes.add(leaf.dtype)

    def _collect_gradients(
        self, called: CalledFunction, names: list[str], *, number: int
    ) -> None:
        if called.reason:
            self.found.reasons.append(called.reason)
        if called.input_gradients is None:
            return
        inputs = dict(zip(names, called.input_gradients, strict=True))
        every = ((Role.INPUT_GRADIENT, inputs), (Role.GRADIENT, called.gradients))
        for role, gradients in every:
            for name, value in gradients.items():
                if value is not None:
                    quantity = TensorName(role=role, name=name, call=number)
                    self.found.leaves[quantity] = _read(self.side, value)


def place_call(
    side: ComparedFunction, call: Call, *, dtype: Dtype | None = None
) -> dict[str, Any]:
    """Return the arguments of a call, ``positional`` and ``named``, for a function."""
    arguments = {"positional": call.positional, "named": dict(call.named)}
    return replace_leaves(arguments, lambda leaf: place_input(side, leaf, dtype=dtype))  # type: ignore[no-any-return]


def place_input(side: ComparedFunction, leaf: Any, *, dtype: Dtype | None) -> Any:  # noqa: ANN401
    """Return an input as a tensor of the function's framework."""
    owner = find_owner(leaf)
    if not owner.is_tensor(leaf) or isinstance(leaf, bool | int | float | complex):
        return leaf
    if dtype is None and owner is side.callables:
        return leaf
    array = owner.to_array(leaf)
    if side.takes_arrays:
        return array
    own = next((each for each in DTYPES if each == owner.dtype_of(leaf)), None)
    return side.callables.to_tensor(array, dtype=dtype or own, near=side.model)


def _is_float(side: ComparedFunction, leaf: object) -> bool:
    if isinstance(leaf, int | float) or not side.callables.is_tensor(leaf):
        return False
    return "float" in side.callables.dtype_of(leaf)


def draw_cotangent(number: int, shape: tuple[int, ...]) -> Array:
    """Return the gradient of an output that gradients are computed from."""
    return np.random.default_rng([SEED, number]).standard_normal(shape)


def _differ(before: Leaf, after: Leaf) -> bool:
    return not np.array_equal(before.array, after.array, equal_nan=True)
