"""Find how a second model corresponds to the first: parameters, inputs and outputs."""

from __future__ import annotations

import dataclasses
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice, product
from typing import TYPE_CHECKING

import numpy as np

from compare.contract import TensorKind
from compare.errors import CompareError, UsageError
from compare.frameworks import frameworks
from compare.machine import available_cores
from compare.numerics.arrays import load_arrays, save_arrays
from compare.targets.matching import (
    MAX_COMBINATIONS,
    Parameter,
    array_axes,
    output_axes,
    permute_shape,
    propose,
)
from compare.workers import messages
from compare.workers.process import CannotRunError, TargetRefusedError
from compare.workloads.target import Placement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from compare.contract import Array
    from compare.pipeline.context import RunContext
    from compare.targets.matching import Axes
    from compare.workers.process import Worker
    from compare.workloads.target import ArraySpec, TargetWorkload

    Inspect = Callable[[Sequence[ArraySpec]], messages.Inspected]

# Relative to the largest output, in float64: far more than rounding in a deep model.
SAME = 1e-7


@dataclass(frozen=True, kw_only=True)
class Matched:
    """A model whose parameters, inputs and outputs correspond to the shared ones.

    Attributes:
        facts: of inspecting the model, with inputs in its own order of axes.
        placements: the likeliest first; further ones fit the shapes as well.
    """

    facts: messages.Inspected
    placements: list[Placement]


def list_parameters(facts: messages.Inspected) -> list[Parameter]:
    """Return the parameters and buffers of a model that was inspected."""
    return [
        Parameter(
            name=name,
            shape=tuple(shape),
            is_trained=name in facts.trained,
            axes=tuple(facts.axes.get(name, ())),
        )
        for name, shape in facts.shapes.items()
    ]


def match_model(
    inspect: Inspect,
    *,
    shared: Sequence[Parameter] | None,
    inputs: Sequence[ArraySpec],
    outputs: Sequence[tuple[int, ...]] | None,
    known: Placement | None,
) -> Matched:
    """Return how a model corresponds to shared parameters, inputs and outputs.

    Args:
        inspect: builds the model for inputs in its own order of axes.
        shared: parameters and buffers; they define the names. ``None``: the model's.
        inputs: in the shared order of axes.
        outputs: the shapes in the shared order; ``None`` accepts any.
        known: a user's mapping.

    Raises:
        UsageError: something is left over, or the shapes of outputs differ.
        TargetRefusedError: the model accepts the inputs in no order of axes.
    """
    refusals: list[CompareError] = []
    found: list[Matched] = []
    for axes in list_input_axes(inputs, known):
        own = [
            replace(spec, shape=permute_shape(spec.shape, order))
            for spec, order in zip(inputs, axes, strict=True)
        ]
        try:
            facts = inspect(own)
            own_parameters = list_parameters(facts)
            proposal = propose(shared or own_parameters, own_parameters, known=known)
            orders = list_output_axes(outputs, facts, known)
        except (TargetRefusedError, UsageError) as refusal:
            refusals.append(refusal)
            continue
        placements = [
            Placement(parameters=parameters, inputs=axes, outputs=order)
            for order in orders
            for parameters in proposal.combinations()
        ]
        found.append(Matched(facts=facts, placements=placements))
        if not is_undecided(inputs, axes):
            break
    if not found:
        raise choose_refusal(refusals)
    first, *further = found
    placements = [p for each in (first, *further) for p in each.placements]
    return replace(first, placements=placements[:MAX_COMBINATIONS])


def list_input_axes(
    inputs: Sequence[ArraySpec], known: Placement | None
) -> Iterator[tuple[Axes, ...]]:
    """Yield the orders of axes in which a model may take its inputs."""
    stated = known.inputs if known else ()
    options = [
        [stated[number]]
        if number < len(stated)
        else array_axes(spec.shape)
        if spec.kind == "float"
        else [()]
        for number, spec in enumerate(inputs)
    ]
    yield from islice(product(*options), MAX_COMBINATIONS)


def is_undecided(inputs: Sequence[ArraySpec], axes: tuple[Axes, ...]) -> bool:
    """Return whether an input has the same shape in the other order of axes."""
    return not any(axes) and any(
        permute_shape(spec.shape, order) == spec.shape
        for spec in inputs
        if spec.kind == "float"
        for order in array_axes(spec.shape)[1:]
    )


def list_output_axes(
    outputs: Sequence[tuple[int, ...]] | None,
    facts: messages.Inspected,
    known: Placement | None,
) -> list[tuple[Axes, ...]]:
    """Return the orders of axes in which the outputs have the shared shapes.

    Raises:
        UsageError: their number or their shapes differ.
    """
    if known and known.outputs:
        return [known.outputs]
    own = [spec.shape for spec in facts.outputs]
    if outputs is None:
        return [tuple(() for _ in own)]
    options = [output_axes(one, two) for one, two in zip(outputs, own, strict=False)]
    if len(outputs) != len(own) or not all(options):
        raise UsageError(
            f"TARGET: expected outputs of the shapes {_list_shapes(outputs)}; "
            f"the model returns {_list_shapes(own)}. Correct the port"
        )
    return list(islice(product(*options), MAX_COMBINATIONS))


def choose_refusal(refusals: Sequence[CompareError]) -> CompareError:
    """Return the most informative refusal: parameters left over come after a build."""
    about_parameters = [each for each in refusals if isinstance(each, UsageError)]
    return min(about_parameters or refusals, key=lambda each: len(str(each)))


def choose_placement(
    context: RunContext,
    workload: TargetWorkload,
    framework: str,
    *,
    placements: Sequence[Placement],
    folder: Path,
) -> Placement:
    """Return the placement with which a model's outputs are those of the first one.

    If no outputs agree, the likeliest placement is returned: the comparison of all
    tensors then reports the difference.
    """
    likeliest, *further = placements
    if not further:
        return likeliest
    first = next(iter(workload.sources))
    state = folder / "state.npz"
    save_arrays(state, workload.parameters("float64"))
    with ExitStack() as stack:
        expected = predict(_open(stack, context, first), workload, first, state=state)
        worker = _open(stack, context, framework)
        for placement in placements:
            changed = {**workload.placements, framework: placement}
            tried = replace(workload, placements=changed)
            try:
                received = predict(worker, tried, framework, state=state)
            except CannotRunError:
                continue
            if are_close(received, expected):
                return placement
    return likeliest


def predict(
    worker: Worker, workload: TargetWorkload, framework: str, *, state: Path
) -> Array:
    """Return the outputs of a model for the first batch, in float64."""
    worker.request(
        messages.Prepare(
            workload="target",
            config=dataclasses.asdict(workload),
            mode=frameworks()[framework].modes[0].name,
            device="cpu",
            dtype="float64",
        ),
        messages.Prepared,
    )
    path = state.with_name(f"outputs-{framework}.npz")
    worker.request(
        messages.Predict(state=str(state), step=0, save_to=str(path)), messages.Done
    )
    return load_arrays(path)[str(TensorKind.PREDICTION)]


def are_close(one: Array, other: Array) -> bool:
    """Return whether two float64 outputs differ by no more than rounding."""
    if one.shape != other.shape:
        return False
    scale = max(np.abs(other).max(initial=0.0), np.finfo(float).tiny)
    return bool(np.abs(one - other).max(initial=0.0) <= SAME * scale)


def _open(stack: ExitStack, context: RunContext, framework: str) -> Worker:
    worker, _ = stack.enter_context(
        context.pool.start_ready(
            framework,
            cores=available_cores(),
            cache=context.compile_cache(framework),
            log=f"pair-{framework}",
            device="cpu",
        )
    )
    return worker


def _list_shapes(shapes: Sequence[tuple[int, ...]]) -> str:
    return ", ".join(str(tuple(shape)) for shape in shapes) or "nothing"
