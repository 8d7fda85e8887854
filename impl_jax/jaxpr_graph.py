"""A jaxpr in the form of graphs that all frameworks share."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
from compare.contract import CapturedGraph, GraphNode, GraphStage
from compare.graphs.naming import UniqueNames
from compare.graphs.operations import CommonOperation as Common
from compare.graphs.places import NO_PLACE, Place, find_own_place

from impl_jax.graph_names import common_name
from impl_jax.introspect import BRANCHES, LOOPS, list_inner

# Their operations are added in their place. The jaxpr of another operation,
# such as a scatter, only describes how it combines two numbers.
CALLS = {
    *("jit", "closed_call", "checkpoint"),
    *("custom_jvp_call", "custom_vjp_call"),
}
# Traced once for all callers. A function of Flax calls one of the program.
SHARED = re.compile(r"-packages[/\\](jax|optax)[/\\]")
TRANSPOSED = "transpose("  # a name of the operations of the backward pass


def convert_whole(jaxpr: Any) -> CapturedGraph:
    """Return the graph of any jaxpr."""
    reader = JaxprReader()
    kind = str(Common.INPUT)
    given = {
        v: reader.add_given(kind, kind, array=v.aval) for v in jaxpr.invars
    }
    reader.read(jaxpr, given, region="")
    return CapturedGraph(
        stage=GraphStage.CAPTURED, view="jaxpr", nodes=tuple(reader.nodes)
    )


def convert_jaxpr(traced: Any, arguments: Any) -> CapturedGraph:
    """Return the graph of a step that `jax.jit` has traced.

    Args:
        traced: what ``trace`` returned.
        arguments: of the step; parameters are named after their keys.
    """
    reader = JaxprReader()
    paths, _ = jax.tree_util.tree_flatten_with_path(arguments)
    jaxpr = traced.jaxpr.jaxpr
    known = {}
    for variable, (path, _) in zip(jaxpr.invars, paths, strict=True):
        known[variable] = reader.add_input(path, variable.aval)
    reader.read(jaxpr, known, region="")
    return CapturedGraph(
        stage=GraphStage.CAPTURED, view="jaxpr", nodes=tuple(reader.nodes)
    )


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation of a jaxpr, or one that ran.

    Attributes:
        kind: JAX's name of it.
        parameters: what it is given besides arrays.
        results: their shapes and dtypes.
        source: the lines that it comes from, and the transformations.
    """

    kind: str
    parameters: Mapping[str, Any]
    results: Sequence[Any]
    source: Any


class JaxprReader:
    """Collects the nodes of a jaxpr; functions that it calls are inlined.

    A node has the line of its operation. In a function of a library, which
    JAX traces once for all callers, it is the line of the call.
    """

    def __init__(self) -> None:
        self.nodes: list[GraphNode] = []
        self._names = UniqueNames()
        self._caller: Any = None  # the source of a call that is inlined

    def add_input(self, path: Any, array: Any) -> str:
        """Add an array that the step is given; return its name."""
        is_parameter = getattr(path[0], "idx", None) == 0
        name = str(getattr(path[-1], "key", "") or jax.tree_util.keystr(path))
        common = Common.PARAMETER if is_parameter else Common.INPUT
        return self.add_given(name, str(common), array=array)

    def add_given(self, name: str, common: str, *, array: Any) -> str:
        """Add an array that no operation computes; return its name."""
        return self._add(name, common, common=common, array=array)

    def read(self, jaxpr: Any, known: Mapping[Any, str], region: str) -> Any:
        """Add the nodes of a jaxpr; return the names of all its variables.

        Args:
            jaxpr: whose operations are added.
            known: name of the node that computes each of its inputs.
            region: name of the node in whose body it is.
        """
        names = dict(known)
        for equation in jaxpr.eqns:
            given = [find_name(each, names) for each in equation.invars]
            results = self.add_operation(
                Operation(
                    kind=equation.primitive.name,
                    parameters=equation.params,
                    results=[each.aval for each in equation.outvars],
                    source=equation.source_info,
                ),
                given,
                region=region,
            )
            names |= dict(zip(equation.outvars, results, strict=True))
        return names

    def add_operation(
        self, operation: Operation, given: list[str], *, region: str
    ) -> list[str]:
        """Add an operation; return the name of the node of each result.

        Args:
            operation: that is added; a call is replaced by what it calls.
            given: name of the node of each input; empty for a number.
            region: name of the node in whose body it is.
        """
        kind, source = operation.kind, self._caller or operation.source
        inner = list_inner(operation.parameters)
        if kind in CALLS:
            outer = self._caller
            if is_gradient(source) or is_library(inner[0]):
                self._caller = source
            results = self._inline(inner[0], given, region=region)
            self._caller = outer
            return results
        name = self._add(
            kind,
            kind,
            inputs=tuple(filter(None, given)),
            region=region,
            array=operation.results[0] if operation.results else None,
            source=source,
        )
        if kind in LOOPS | BRANCHES:
            skipped = 1 if kind in BRANCHES else 0  # the condition
            for each in inner:
                self._add_body(each, given[skipped:], loop=name)
        return [name] * len(operation.results)

    def _inline(
        self, jaxpr: Any, given: list[str], *, region: str
    ) -> list[str]:
        known = dict(zip(jaxpr.invars, given, strict=False))
        names = self.read(jaxpr, known, region)
        return [find_name(each, names) for each in jaxpr.outvars]

    def _add_body(self, jaxpr: Any, given: list[str], *, loop: str) -> None:
        body = str(Common.BODY)
        name = self._add(body, body, common=body, region=loop)
        self._inline(jaxpr, given, region=name)

    def _add(  # noqa: PLR0913 - the fields of a node
        self,
        wanted: str,
        operation: str,
        *,
        common: str = "",
        inputs: tuple[str, ...] = (),
        region: str = "",
        array: Any = None,
        source: Any = None,
    ) -> str:
        file, line = find_place(source)
        shape = getattr(array, "shape", None)
        node = GraphNode(
            name=self._names.take(wanted),
            operation=operation,
            common=common or common_name(operation),
            inputs=inputs,
            region=region,
            shape=None if shape is None else tuple(shape),
            dtype=str(getattr(array, "dtype", "")),
            is_gradient=is_gradient(source),
            file=file,
            line=line,
        )
        self.nodes.append(node)
        return node.name


def is_gradient(source: Any) -> bool:
    """Return whether an operation belongs to the backward pass."""
    return TRANSPOSED in str(getattr(source, "name_stack", ""))


def is_library(jaxpr: Any) -> bool:
    """Return whether a jaxpr is that of a function of JAX or of Optax."""
    file = jaxpr.debug_info.func_filename or ""
    return not file or SHARED.search(file) is not None


def find_place(source: Any) -> Place:
    """Return the line of the user's code that an operation comes from."""
    traceback = getattr(source, "traceback", None)
    if traceback is None:
        return NO_PLACE
    frames = [(f.file_name, f.line_num) for f in traceback.frames]
    return find_own_place(reversed(frames))


def find_name(variable: Any, names: Mapping[Any, str]) -> str:
    """Return the node that computes a variable; empty for a constant."""
    return "" if hasattr(variable, "val") else names.get(variable, "")
