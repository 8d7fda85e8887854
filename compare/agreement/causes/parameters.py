"""Mistakes in how a parameter is used: another one, twice, not at all, turned."""

from __future__ import annotations

from functools import partial
from itertools import combinations, permutations
from typing import TYPE_CHECKING

import numpy as np

from compare.agreement.causes.simulation import Mistake
from compare.numerics.convolution import flip_kernel, transpose_kernel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from compare.agreement.causes.evidence import Evidence
    from compare.agreement.causes.simulation import Step
    from compare.contract import Array, Arrays, Snapshot

    Change = Callable[[Array], Array]  # linear, and its own adjoint


def parameter_mistakes(evidence: Evidence) -> Iterator[Mistake]:
    """Return the steps in which a parameter is not used as it should be."""
    state = evidence.state
    yield from _list_mixed_up(state)
    if evidence.is_spelled_layer:
        return
    for name, explanation, changes in _list_changed(state):
        if len(changes) > 1 and name in evidence.workload.respelled:
            continue
        # PyTorch does not update a parameter without a gradient, not even by decay.
        left_out = changes if name == "bias_left_out" else ()
        for kept in ((), left_out) if left_out else ((),):
            yield Mistake(
                name=name,
                explanation=explanation,
                run=partial(_run_changed, changes=changes, kept=frozenset(kept)),
            )


def _list_mixed_up(state: Arrays) -> Iterator[Mistake]:
    """Yield one parameter in place of another one, and two that are swapped."""
    names = [n for n in state if any(_fit(state, n, other) for other in state)]
    for name, other in permutations(names, 2):
        if _fit(state, name, other):
            yield Mistake(
                name="wrong_parameter",
                explanation=f"{other} is used in place of {name}",
                run=partial(_run_replaced, name=name, other=other),
            )
    for name, other in combinations(names, 2):
        if _fit(state, name, other):
            yield Mistake(
                name="parameters_swapped",
                explanation=f"{name} and {other} are swapped",
                run=partial(_run_swapped, name=name, other=other),
            )


def _fit(state: Arrays, name: str, other: str) -> bool:
    return name != other and state[name].shape == state[other].shape


def _run_replaced(step: Step, *, name: str, other: str) -> Snapshot:
    now = step.differentiate(state={**step.state, name: step.state[other]})
    found = now.gradients
    both = {other: found[other] + found[name], name: np.zeros_like(found[name])}
    return step.end(now, seen={**found, **both})


def _run_swapped(step: Step, *, name: str, other: str) -> Snapshot:
    def swap(arrays: Arrays) -> Arrays:
        return {**arrays, name: arrays[other], other: arrays[name]}

    now = step.differentiate(state=swap(step.state))
    return step.end(now, seen=swap(now.gradients))


def _list_changed(
    state: Arrays,
) -> Iterator[tuple[str, str, Mapping[str, Change]]]:
    """Yield changes of one parameter, and of all of its kind: name, words, changes."""
    for name, words, is_meant, change in CHANGES:
        meant = [key for key, array in state.items() if is_meant(key, array)]
        for key in meant:
            yield name, f"{key} {words.format('is')}", {key: change}
        if len(meant) > 1:
            every = "every bias" if is_meant is _is_bias else "every weight"
            yield name, f"{every} {words.format('is')}", dict.fromkeys(meant, change)


def _run_changed(
    step: Step, *, changes: Mapping[str, Change], kept: frozenset[str]
) -> Snapshot:
    """Return the step with changed parameters; gradients are changed back."""

    def change(arrays: Arrays) -> Arrays:
        return {n: changes[n](a) if n in changes else a for n, a in arrays.items()}

    state = change(step.state)
    if step.evidence.network is not None:
        step.require_loss(step.evidence.network, state)
    now = step.differentiate(state=state)
    return step.end(now, seen=change(now.gradients), kept=kept)


def _is_bias(name: str, _: Array) -> bool:
    return name.endswith("bias")


def _is_kernel(_: str, array: Array) -> bool:
    return array.ndim == 4 and array.shape[0] > 1  # noqa: PLR2004


def _is_square(_: str, array: Array) -> bool:
    return array.ndim == 2 and len(set(array.shape)) == 1  # noqa: PLR2004


def _has_square_channels(_: str, array: Array) -> bool:
    return array.ndim == 4 and array.shape[2] == array.shape[3] > 1  # noqa: PLR2004


CHANGES: tuple[tuple[str, str, Callable[[str, Array], bool], Change], ...] = (
    ("bias_twice", "{} added twice", _is_bias, lambda b: 2 * b),
    ("bias_left_out", "{} left out", _is_bias, np.zeros_like),
    ("convolution_flip", "{} flipped in both directions", _is_kernel, flip_kernel),
    ("kernel_flipped", "{} flipped vertically", _is_kernel, lambda k: k[::-1]),
    ("kernel_flipped", "{} flipped horizontally", _is_kernel, lambda k: k[:, ::-1]),
    ("kernel_layout", "has height and width swapped", _is_kernel, transpose_kernel),
    (
        "weight_transposed",
        "{} used with inputs and outputs swapped",
        _has_square_channels,
        lambda k: k.transpose(0, 1, 3, 2),
    ),
    (
        "weight_transposed",
        "{} used with inputs and outputs swapped",
        _is_square,
        lambda w: w.T,
    ),
)
