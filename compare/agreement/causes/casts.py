"""Casts: one tensor, or all products, in a narrower floating-point format.

A cast is deterministic, so it is evaluated: the reference is computed again with that
tensor rounded. The size of an error alone names no cast.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from compare.agreement.causes.layers import at_layers, network_mistake
from compare.agreement.causes.network import rounding
from compare.agreement.causes.simulation import Mistake
from compare.numerics.dtypes import UNIT_ROUNDOFF, round_to_dtype

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from compare.agreement.causes.evidence import Evidence
    from compare.agreement.causes.network import Network
    from compare.agreement.causes.simulation import Step
    from compare.contract import Array, Arrays, Dtype, Snapshot

NARROW: tuple[Dtype, ...] = ("float32", "bfloat16", "float16")


def cast_mistakes(evidence: Evidence) -> Iterator[Mistake]:
    """Return the steps with a cast to a narrower format."""
    for dtype in NARROW:
        if UNIT_ROUNDOFF[dtype] <= UNIT_ROUNDOFF[evidence.dtype]:
            continue
        yield from _list_stored(evidence, dtype)
        if evidence.network is not None:
            for name, words, network in _list_layers(evidence.network, dtype):
                yield network_mistake(name, words, network)


def _name(dtype: Dtype) -> str:
    return f"{dtype}_rounding"


def _list_stored(evidence: Evidence, dtype: Dtype) -> Iterator[Mistake]:
    """Yield casts of inputs, gradients, parameters and the loss."""
    cast = partial(_cast, dtype=dtype)
    names = list(evidence.state)
    runs: dict[str, Callable[[Step], Snapshot]] = {
        f"inputs are cast to {dtype}": partial(_run_inputs, cast=cast),
        f"the loss is cast to {dtype}": partial(_run_loss, cast=cast),
        f"gradients are cast to {dtype}": partial(
            _run_gradients, cast=cast, is_seen=True
        ),
        f"gradients are cast to {dtype} for the update": partial(
            _run_gradients, cast=cast, is_seen=False
        ),
        f"updated parameters are cast to {dtype}": partial(_run_updated, cast=cast),
    }
    for name in [*names, ""] if len(names) > 1 else names:
        which = name or "all parameters"
        verb = "is" if name else "are"
        meant = frozenset([name] if name else names)
        for is_kept, when in ((False, "where used"), (True, "when loaded")):
            runs[f"{which} {verb} cast to {dtype} {when}"] = partial(
                _run_parameters, cast=cast, names=meant, is_kept=is_kept
            )
    for explanation, run in runs.items():
        yield Mistake(name=_name(dtype), explanation=explanation, run=run)


def _cast(array: Array, *, dtype: Dtype) -> Array:
    return round_to_dtype(array, dtype).astype("float64")


def _run_inputs(step: Step, *, cast: Callable[[Array], Array]) -> Snapshot:
    batch = {**step.batch, "inputs": cast(step.batch["inputs"])}
    return step.end(step.differentiate(batch=batch))


def _run_loss(step: Step, *, cast: Callable[[Array], Array]) -> Snapshot:
    now = step.differentiate()
    return step.end(now, loss=cast(now.loss))


def _run_gradients(
    step: Step, *, cast: Callable[[Array], Array], is_seen: bool
) -> Snapshot:
    now = step.differentiate()
    rounded = {name: cast(g) for name, g in now.gradients.items()}
    return step.end(now, seen=rounded) if is_seen else step.end(now, applied=rounded)


def _run_updated(step: Step, *, cast: Callable[[Array], Array]) -> Snapshot:
    now = step.differentiate()
    after = step.end(now).parameters
    return step.end(now, parameters={name: cast(p) for name, p in after.items()})


def _run_parameters(
    step: Step,
    *,
    cast: Callable[[Array], Array],
    names: frozenset[str],
    is_kept: bool,
) -> Snapshot:
    """Return the step with parameters cast for the products, or before the step.

    Where a parameter is cast for a product, its gradient is cast as well.
    """

    def change(arrays: Arrays) -> Arrays:
        return {n: cast(a) if n in names else a for n, a in arrays.items()}

    now = step.differentiate(state=change(step.state))
    if not is_kept:
        return step.end(now, seen=change(now.gradients))
    moved = replace(step, state=change(step.state))
    return moved.end(now)


def _list_layers(network: Network, dtype: Dtype) -> Iterator[tuple[str, str, Network]]:
    """Yield casts of the outputs of one layer, and all layers in a 16-bit format.

    A kernel in a 16-bit format sums in float32 and rounds once. A sum in float32 itself
    depends on its order, so it cannot be evaluated.
    """
    cast = rounding(dtype)
    layers = network.layers

    def cast_part(name: str, array: Any) -> Any:  # noqa: ARG001, ANN401
        return cast(array)

    for where in layers:
        yield (
            _name(dtype),
            f"the output of {where} is cast to {dtype}",
            replace(network, output=at_layers(layers, where, cast_part)),
        )
    if UNIT_ROUNDOFF[dtype] > UNIT_ROUNDOFF["float32"]:
        yield (
            "autocast",
            f"layers compute in {dtype} (autocast)",
            replace(network, operand=cast_part, output=cast_part),
        )
