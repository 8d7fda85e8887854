"""A jaxpr in the form of graphs that all frameworks share."""

from collections.abc import Mapping
from typing import Any

import jax
from compare.contract import CapturedGraph, GraphNode, GraphStage
from compare.graphs.naming import UniqueNames
from compare.graphs.operations import CommonOperation as Common

from impl_jax.graph_names import common_name
from impl_jax.introspect import BRANCHES, LOOPS, list_inner

# Their operations are added in their place. The jaxpr of another operation,
# such as a scatter, only describes how it combines two numbers.
CALLS = {
    *("jit", "closed_call", "checkpoint"),
    *("custom_jvp_call", "custom_vjp_call"),
}


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


class JaxprReader:
    """Collects the nodes of a jaxpr; functions that it calls are inlined."""

    def __init__(self) -> None:
        self.nodes: list[GraphNode] = []
        self._names = UniqueNames()

    def add_input(self, path: Any, array: Any) -> str:
        """Add an array that the step is given; return its name."""
        is_parameter = getattr(path[0], "idx", None) == 0
        name = str(getattr(path[-1], "key", "") or jax.tree_util.keystr(path))
        common = Common.PARAMETER if is_parameter else Common.INPUT
        return self._add(name, str(common), common=str(common), array=array)

    def read(self, jaxpr: Any, known: Mapping[Any, str], region: str) -> Any:
        """Add the nodes of a jaxpr; return the names of all its variables.

        Args:
            jaxpr: whose operations are added.
            known: name of the node that computes each of its inputs.
            region: name of the node in whose body it is.
        """
        names = dict(known)
        for equation in jaxpr.eqns:
            kind = equation.primitive.name
            given = [find_name(each, names) for each in equation.invars]
            if kind in CALLS:
                called, *_ = list_inner(equation)
                results = self._inline(called, given, region=region)
            else:
                name = self._add(
                    kind,
                    kind,
                    inputs=tuple(filter(None, given)),
                    region=region,
                    array=equation.outvars[0].aval,
                )
                results = [name] * len(equation.outvars)
                if kind in LOOPS | BRANCHES:
                    skipped = 1 if kind in BRANCHES else 0  # the condition
                    for each in list_inner(equation):
                        self._add_body(each, given[skipped:], loop=name)
            names |= dict(zip(equation.outvars, results, strict=True))
        return names

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
    ) -> str:
        shape = getattr(array, "shape", None)
        node = GraphNode(
            name=self._names.take(wanted),
            operation=operation,
            common=common or common_name(operation),
            inputs=inputs,
            region=region,
            shape=None if shape is None else tuple(shape),
            dtype=str(getattr(array, "dtype", "")),
        )
        self.nodes.append(node)
        return node.name


def find_name(variable: Any, names: Mapping[Any, str]) -> str:
    """Return the node that computes a variable; empty for a constant."""
    return "" if hasattr(variable, "val") else names.get(variable, "")
