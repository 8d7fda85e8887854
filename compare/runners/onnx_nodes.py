"""Evaluate an ONNX file node by node, with ONNX's own evaluator in NumPy.

The evaluator implements the operators from their specification. It is independent of
this toolkit, of the exporter and of the runtime: it shows which of them is wrong.
Used in workers only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.contract import INPUT, NodeValue

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from onnx import NodeProto

    from compare.contract import Array

LAYER = "pkg.torch.onnx.name_scopes"  # of the dynamo exporter: the path of modules


def trace_onnx(path: Path, inputs: Sequence[Array]) -> list[NodeValue]:
    """Return every node with its result for some inputs.

    Raises:
        NotImplementedError: the evaluator refuses the file.
    """
    import onnx  # noqa: PLC0415 - only for this format
    from onnx.reference import ReferenceEvaluator  # noqa: PLC0415

    model = onnx.load(path)
    graph = model.graph
    declared = [each.name for each in graph.output]
    every = [name for node in graph.node for name in node.output if name]
    graph.output.extend(onnx.ValueInfoProto(name=n) for n in every if n not in declared)
    feeds = {each.name: a for each, a in zip(graph.input, inputs, strict=True)}
    names = [each.name for each in graph.output]
    try:
        found = ReferenceEvaluator(model).run(names, feeds)
    except Exception as error:
        raise NotImplementedError(f"ONNX's evaluator: {error}") from error
    values = dict(zip(names, found, strict=True))
    return [
        NodeValue(
            name=name,
            operation=INPUT,
            inputs=(),
            value=as_float(array),
            outputs=number_outputs(name, declared),
        )
        for name, array in feeds.items()
    ] + [
        NodeValue(
            name=output,
            operation=node.op_type,
            inputs=tuple(filter(None, node.input)),
            value=as_float(values[output]),
            place=find_layer(node) or node.name,
            outputs=number_outputs(output, declared),
        )
        for node in graph.node
        for output in node.output
        if output
    ]


def number_outputs(node: str, outputs: Sequence[str]) -> tuple[int, ...]:
    """Return which of a model's outputs a node computes: its places in their names."""
    return tuple(number for number, name in enumerate(outputs) if name == node)


def as_float(value: object) -> Array | None:
    """Return a floating-point array; None for anything else."""
    is_float = isinstance(value, np.ndarray) and value.dtype.kind == "f"
    return value if is_float else None  # type: ignore[return-value]


def find_layer(node: NodeProto) -> str:
    """Return the path of modules that a node was exported from; empty if unknown."""
    for each in node.metadata_props:
        if each.key == LAYER:
            parts = each.value.strip("[]").split(",")
            scopes = [part.strip().strip("'\"") for part in parts]
            return next((s for s in reversed(scopes[:-1]) if s), "")
    return ""
