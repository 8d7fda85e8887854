"""Find the first node of an exported graph whose result differs from the model's.

Exporters rename, fuse and split operations, so that nodes are not matched by name. The
eager float64 model yields the result of every operation that it runs. A node whose
result is among them, in any order of axes, computes what the model does. From an output
that differs, the search goes back through nodes that differ to those whose inputs are
all right: there the difference begins. The first such node is reported. An operation
that the exporter split has intermediate results that the model does not have. They are
ignored, because they do not lead to a wrong output.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from compare.contract import INPUT
from compare.deploy.rows import Location
from compare.numerics.tolerance import compute_tolerance

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compare.contract import Array, Dtype, NodeValue

MAX_AXES = 5  # of results that are also compared in other orders of axes


@dataclass(frozen=True, kw_only=True)
class KnownValue:
    """The result of an operation of the model, and how far rounding may carry it."""

    operation: str
    value: Array
    tolerance: float


def bound_values(
    nodes: Sequence[NodeValue], moved: Sequence[Sequence[NodeValue]], *, dtype: Dtype
) -> list[KnownValue]:
    """Return the results of the model with their tolerances.

    Args:
        nodes: the operations of the float64 model.
        moved: the same operations, in trials that move each result by its rounding. A
            trial that ran others does not count.
        dtype: of the exported model.
    """
    fitting = [trial for trial in moved if len(trial) == len(nodes)]
    known = []
    for number, node in enumerate(nodes):
        if node.value is None or not np.isfinite(node.value).all():
            continue
        deviations = [
            float(np.abs(value - node.value).max(initial=0.0))
            for trial in fitting
            if (value := trial[number].value) is not None
            and value.shape == node.value.shape
        ]
        largest = float(np.abs(node.value).max(initial=0.0))
        tolerance = compute_tolerance(
            deviations or [0.0], largest=largest, dtype=dtype, check="step"
        )
        known.append(
            KnownValue(operation=node.operation, value=node.value, tolerance=tolerance)
        )
    return known


def locate_difference(
    nodes: Sequence[NodeValue], known: Sequence[KnownValue]
) -> Location | None:
    """Return the first node that differs; None if every output's node is right.

    Args:
        nodes: of the exported graph, each after its inputs.
        known: the results of the model.
    """
    found = {node.name: node for node in nodes}
    constant: set[str] = set()
    right: dict[str, str] = {}  # name -> the operation of the model
    for node in nodes:
        inputs = [name for name in node.inputs if name in found]
        is_given = not inputs
        if is_given or all(name in constant for name in inputs):
            right[node.name] = ""
            if node.operation != INPUT:
                constant.add(node.name)
        elif node.value is None:
            if all(name in right for name in inputs):
                right[node.name] = right[inputs[-1]]
        elif (operation := find_operation(node.value, known)) is not None:
            right[node.name] = operation
    used = {name for node in nodes for name in node.inputs}
    wrong_outputs = [n for n in nodes if n.name not in used and n.name not in right]
    wrong = _walk_back(wrong_outputs, found=found, right=right)
    first = next(
        (n for n in nodes if n.name in wrong and _begins(n, found, right)), None
    )
    if first is None:
        return None
    first = find_wrong_constant(first, found=found, constant=constant, known=known)
    before = [right[name] for name in first.inputs if right.get(name)]
    return Location(
        node=first.name,
        operation=first.operation,
        place=first.place,
        after=before[-1] if before else "",
        candidates=[node.name for node in nodes if node.name in {*wrong, first.name}],
    )


def find_wrong_constant(
    node: NodeValue,
    *,
    found: dict[str, NodeValue],
    constant: set[str],
    known: Sequence[KnownValue],
) -> NodeValue:
    """Return the node that computes a wrong constant for a node, or the node itself.

    Such as the scale of a batch normalization, which depends on parameters only.
    """
    for name in node.inputs:
        given = found.get(name)
        if given is None or name not in constant or given.value is None:
            continue
        is_computed = any(each in found for each in given.inputs)
        if is_computed and find_operation(given.value, known) is None:
            return find_wrong_constant(
                given, found=found, constant=constant, known=known
            )
    return node


def find_operation(value: Array, known: Sequence[KnownValue]) -> str | None:
    """Return the operation of the model with this result, the last one of several."""
    flat, largest = np.asarray(value, "float64"), float(np.abs(value).max(initial=0.0))
    for each in reversed(known):
        if each.value.size != value.size:
            continue
        if abs(largest - np.abs(each.value).max(initial=0.0)) > each.tolerance:
            continue
        if any(
            np.abs(arranged - each.value).max(initial=0.0) <= each.tolerance
            for arranged in arrange(flat, each.value.shape)
        ):
            return each.operation
    return None


def arrange(value: Array, shape: tuple[int, ...]) -> Iterator[Array]:
    """Yield an array in a shape: its elements in order, and in other orders of axes."""
    yield value.reshape(shape)
    squeezed = value.squeeze()
    wanted = tuple(size for size in shape if size != 1)
    if squeezed.ndim > MAX_AXES or squeezed.ndim != len(wanted):
        return
    for axes in permutations(range(squeezed.ndim)):
        if tuple(squeezed.shape[axis] for axis in axes) == wanted:
            yield squeezed.transpose(axes).reshape(shape)


def _walk_back(
    outputs: Sequence[NodeValue],
    *,
    found: dict[str, NodeValue],
    right: dict[str, str],
) -> set[str]:
    """Return the wrong nodes that lead to wrong outputs through wrong nodes only."""
    wrong: set[str] = set()
    todo = [node.name for node in outputs]
    while todo:
        name = todo.pop()
        if name in wrong or name in right or name not in found:
            continue
        wrong.add(name)
        todo.extend(found[name].inputs)
    return wrong


def _begins(
    node: NodeValue, found: dict[str, NodeValue], right: dict[str, str]
) -> bool:
    """Return whether every input of a node is right."""
    return all(name in right for name in node.inputs if name in found)
