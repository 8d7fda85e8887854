"""Find what a user did not state about a model: its inputs, outputs and parameters.

Runs in a worker. The package of the framework supplies the module ``targets``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.targets.loading import (
    Stage,
    TargetError,
    at_stage,
    load_examples,
    load_model,
)
from compare.wording import join_words
from compare.workloads.target import (
    ArraySpec,
    Size,
    find_length,
    further_lengths,
    resize,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from compare.contract import Arrays, TargetsModule
    from compare.workloads.target import Source

Guess = tuple[list[ArraySpec], str]  # inputs, and what they were concluded from

# Tried in this order if nothing states what a model takes.
GUESSES = (
    (8, 3, 32, 32),
    (8, 1, 28, 28),
    (8, 32, 32, 3),
    (8, 10),
    (8, 16, 32),
    (8, 64),
    (8, 784),
)
INPUTS_ADVICE = "state its inputs, such as --inputs float32:8x3x32x32"
DEFAULT_LOSS = "mean_square"
LOGITS_AXES = 2  # at least: examples and classes
CLASS_LOSSES = ("cross_entropy", "token_cross_entropy")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What inspecting a model found."""

    kind: str
    inputs: list[ArraySpec]
    found_by: str
    outputs: list[ArraySpec]
    targets: list[ArraySpec]
    loss: str
    state: Arrays  # initial parameters and buffers
    axes: dict[str, list[int]]  # permute parameters into the canonical order
    trained: list[str]
    frozen: list[str]
    tied: list[str]
    is_random: bool
    narrowed: list[str]
    flops: float
    forward_s: float
    length: int  # of sequences; 0 unless it takes other lengths, too


@dataclass(frozen=True, kw_only=True)
class Question:
    """The model to inspect, and what the user stated about it."""

    source: Source
    inputs: Sequence[ArraySpec] = ()
    loss: str = ""
    output: str = ""
    seed: int = 0
    draws: int = 0  # other random draws of the model on the same inputs


def inspect(question: Question, *, package: TargetsModule) -> Facts:
    """Build a model in float32 and in float64, and find its inputs and outputs.

    Raises:
        TargetError: the model cannot be used.
    """
    model = build_model(question, package=package, dtype="float32")
    inputs, found_by = find_inputs(model, question, package=package)
    start = perf_counter()
    outputs = run_model(model, inputs, question, package=package)
    forward_s = perf_counter() - start
    loss = question.loss or DEFAULT_LOSS
    targets = choose_targets(outputs, loss=loss, output=question.output)
    with at_stage(Stage.PARAMETERS):
        state = {n: package.to_array(t) for n, t in package.state(model).items()}
    other = replace(question, draws=question.draws + 1)
    again = run_model(model, inputs, other, package=package)
    is_random = any(not np.array_equal(a, again[n]) for n, a in outputs.items())
    length = find_free_length(model, inputs, question, package=package)
    return Facts(
        kind=type(model).__name__,
        inputs=inputs,
        found_by=found_by,
        outputs=[ArraySpec(shape=a.shape, name=n) for n, a in outputs.items()],
        targets=targets,
        loss=loss,
        state=state,
        axes={n: list(axes) for n, axes in package.canonical_axes(model).items()},
        trained=package.trained(model),
        frozen=package.frozen(model),
        tied=package.tied(model),
        is_random=is_random,
        narrowed=find_narrowed(inputs, question, package=package),
        flops=package.count_flops(model, place(inputs, question, package=package)),
        forward_s=forward_s,
        length=length,
    )


def build_model(question: Question, *, package: TargetsModule, dtype: Any) -> Any:  # noqa: ANN401
    """Return the model in a dtype, in training mode.

    Raises:
        TargetError: it cannot be imported or built, or is no model.
    """
    package.restart_names()
    package.prepare(dtype=dtype, seed=question.seed)
    with package.creating_variables(dtype):
        made = load_model(question.source, dtype=package.native_dtype(dtype))
    with at_stage(Stage.BUILD):
        return package.adopt(made, dtype=dtype)


def find_inputs(
    model: Any,  # noqa: ANN401 - of the framework
    question: Question,
    *,
    package: TargetsModule,
) -> Guess:
    """Return the inputs that the model accepts, and how they were found.

    Raises:
        TargetError: it accepts none of the candidates, or not those that were stated.
    """
    if question.inputs:
        inputs = name_inputs(question.inputs)
        run_model(model, inputs, question, package=package)
        return inputs, ""
    refusals = []
    for candidate, source in candidates(model, question, package=package):
        inputs = name_inputs(candidate)
        try:
            run_model(model, inputs, question, package=package)
        except TargetError as error:
            refusals.append(replace_inputs_tried(error, inputs, source))
            continue
        return inputs, source
    if refusals:
        raise refusals[0]
    raise TargetError(
        stage=Stage.INPUTS, reason="nothing states what it takes", advice=INPUTS_ADVICE
    )


def replace_inputs_tried(
    error: TargetError, inputs: Sequence[ArraySpec], source: str
) -> TargetError:
    """Return the refusal of a guess: what was tried, and that inputs can be stated."""
    tried = join_words([spec.text for spec in inputs], conjunction="and")
    return TargetError(
        stage=Stage.INPUTS,
        reason=f"{error.reason} (tried {tried}, from {source})",
        file=error.file,
        line=error.line,
        advice=INPUTS_ADVICE,
    )


def candidates(
    model: Any,  # noqa: ANN401
    question: Question,
    *,
    package: TargetsModule,
) -> Iterator[Guess]:
    """Yield inputs that the model may accept, the most certain first."""
    example = load_examples(question.source)
    if example is not None:
        with at_stage(Stage.INPUTS):
            yield package.read_examples(example), "example_inputs in its file"
    declared = package.declared_inputs(model)
    if declared is not None:
        yield declared
    yield from package.layer_inputs(model)
    for shape in GUESSES:
        yield [ArraySpec(shape=shape)], "a guess"


def name_inputs(inputs: Sequence[ArraySpec]) -> list[ArraySpec]:
    """Name positional inputs by their number."""
    return [
        spec if spec.name else replace(spec, name=str(number))
        for number, spec in enumerate(inputs)
    ]


def place(
    inputs: Sequence[ArraySpec],
    question: Question,
    *,
    package: TargetsModule,
    dtype: Any = "float32",  # noqa: ANN401
) -> Mapping[str, Any]:
    """Return random inputs as tensors."""
    rng = np.random.default_rng([question.seed, 3])
    return {
        spec.name: package.to_tensor(spec.draw(rng, dtype=dtype), dtype=dtype)
        for spec in inputs
    }


def run_model(
    model: Any,  # noqa: ANN401
    inputs: Sequence[ArraySpec],
    question: Question,
    *,
    package: TargetsModule,
    dtype: Any = "float32",  # noqa: ANN401
) -> dict[str, Any]:
    """Return the floating-point outputs for random inputs, by key or index.

    Raises:
        TargetError: the model raises an exception, or returns none.
    """
    package.prepare(dtype=dtype, seed=question.seed + question.draws)
    with at_stage(Stage.FORWARD, advice=INPUTS_ADVICE):
        tensors = place(inputs, question, package=package, dtype=dtype)
        outputs = package.call(model, tensors)
        arrays = {name: package.to_array(tensor) for name, tensor in outputs.items()}
    if not arrays:
        raise TargetError(
            stage=Stage.FORWARD,
            reason="it returns no floating-point tensor",
            advice="return at least one that the loss can take",
        )
    return arrays


def find_free_length(
    model: Any,  # noqa: ANN401
    inputs: Sequence[ArraySpec],
    question: Question,
    *,
    package: TargetsModule,
) -> int:
    """Return the length of the sequences among inputs; 0 if it cannot be changed."""
    batch, length = inputs[0].shape[0], find_length(inputs)
    before = Size(batch=batch, length=length)
    for other in further_lengths(length) if length else ():
        size = Size(batch=batch, length=other)
        try:
            resized = resize(inputs, size, before=before)
            run_model(model, resized, question, package=package)
        except TargetError:
            return 0
    return length


def choose_targets(
    outputs: Mapping[str, Any], *, loss: str, output: str
) -> list[ArraySpec]:
    """Return what the loss compares the outputs with.

    Raises:
        TargetError: there is no such output, or it is no array of logits.
    """
    if output and output not in outputs:
        raise TargetError(
            stage=Stage.LOSS,
            reason=f'no output "{output}"',
            advice=f"name one of {join_words(outputs)}: --loss OUTPUT:LOSS",
        )
    chosen = [outputs[output]] if output else list(outputs.values())
    if loss not in CLASS_LOSSES:
        return [ArraySpec(shape=array.shape) for array in chosen]
    found = []
    for array in chosen:
        if array.ndim < LOGITS_AXES:
            raise TargetError(
                stage=Stage.LOSS,
                reason=f"{loss} takes logits; the output has shape {array.shape}",
                advice="choose another loss: --loss mean_square",
            )
        axis = 1 if loss == "cross_entropy" else array.ndim - 1
        shape = tuple(np.delete(array.shape, axis).tolist())
        found.append(ArraySpec(shape=shape, kind="int64", high=array.shape[axis]))
    return found


def find_narrowed(
    inputs: Sequence[ArraySpec], question: Question, *, package: TargetsModule
) -> list[str]:
    """Return what does not follow when the model is widened to float64.

    Raises:
        TargetError: it does not run_model in float64.
    """
    model = build_model(question, package=package, dtype="float64")
    try:
        outputs = run_model(model, inputs, question, package=package, dtype="float64")
    except TargetError as error:
        raise TargetError(
            stage=error.stage,
            reason=f"{error.reason} (in float64, in which the model is checked)",
            file=error.file,
            line=error.line,
            advice="create tensors in the dtype of the inputs or parameters",
        ) from error
    narrow = [f"output {n}" for n, a in outputs.items() if a.dtype != np.float64]
    narrow += [
        name
        for name, tensor in package.state(model).items()
        if package.to_array(tensor).dtype != np.float64
    ]
    return narrow
