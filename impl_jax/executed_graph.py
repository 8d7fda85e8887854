"""The operations of a program that runs eagerly, as a graph."""

from typing import Any

import jax
from compare.contract import GraphNode
from compare.graphs.operations import CommonOperation
from jax._src import core, source_info_util

from impl_jax.jaxpr_graph import JaxprReader, Operation, is_gradient

FROM_PYTHON = "stage"  # makes an array of a number or of another array


class Recorder(core.EvalTrace):
    """Stores each operation that JAX runs below its transformations.

    Args:
        limit: the number of nodes after which it stores no more.
    """

    def __init__(self, *, limit: int) -> None:
        super().__init__()
        self._limit = limit
        self._reader = JaxprReader()
        self._made: dict[int, str] = {}  # by the id of an array
        self._alive: list[Any] = []  # no id is used twice
        self.captured_gradients = False  # a captured function computed some

    @property
    def nodes(self) -> list[GraphNode]:
        """The operations in the order in which they ran."""
        return self._reader.nodes

    def process_primitive(
        self, primitive: Any, args: Any, params: Any, /
    ) -> Any:
        """Run an operation and store it."""
        result = super().process_primitive(primitive, args, params)
        results = result if primitive.multiple_results else [result]
        if primitive.name == FROM_PYTHON:
            if not result.shape:
                self._keep(result, "")
        elif len(self.nodes) < self._limit:
            operation = Operation(
                kind=primitive.name,
                parameters=params,
                results=results,
                source=source_info_util.current(),
            )
            given = [self._name_of(each) for each in args]
            before = len(self.nodes)
            names = self._reader.add_operation(operation, given, region="")
            added = self.nodes[before:]
            if not is_gradient(operation.source):
                self.captured_gradients |= any(n.is_gradient for n in added)
            for array, name in zip(results, names, strict=True):
                self._keep(array, name)
        return result

    def _name_of(self, array: Any) -> str:
        """Return the node of an array; one from outside gets its own."""
        if not isinstance(array, jax.Array):
            return ""
        if id(array) not in self._made:
            constant = str(CommonOperation.CONSTANT)
            name = self._reader.add_given(constant, constant, array=array)
            self._keep(array, name)
        return self._made[id(array)]

    def _keep(self, array: Any, name: str) -> None:
        self._alive.append(array)
        self._made[id(array)] = name
