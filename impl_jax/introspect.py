"""Which graph did this mode really build, according to JAX?"""

from collections.abc import Iterator, Mapping
from typing import Any

from compare.contract import Captures, GraphReport, Idiom

LOOPS, BRANCHES = {"scan", "while"}, {"cond"}


def read_report(
    run: Any, state: Any, batch: Any, *, count: int
) -> GraphReport:
    """Describe the graph of a step, by capturing it once more."""
    traced = run.trace(state, *batch)
    optimized = traced.lower().compile().as_text()
    lines = [line for line in optimized.splitlines() if " = " in line]
    kinds = [each.primitive.name for each in list_equations(traced.jaxpr)]
    return GraphReport(
        captures=Captures.TRAINING_STEP if count else Captures.NONE,
        captures_count=count,
        graph_breaks=0,  # a graph is whole, or capturing it raises
        nodes=len(kinds),
        nodes_optimized=len(lines),
        kernels=sum(" fusion(" in line for line in lines),
        text=str(traced.jaxpr),
        control_flow=read_control_flow(set(kinds)),
    )


def list_equations(jaxpr: Any) -> Iterator[Any]:
    """Yield every operation, also those in loops, branches and functions."""
    for equation in jaxpr.eqns:
        yield equation
        for inner in list_inner(equation.params):
            yield from list_equations(inner)


def list_inner(parameters: Mapping[str, Any]) -> list[Any]:
    """Return the jaxprs that an operation with these parameters may run."""
    found = []
    for parameter in parameters.values():
        several = isinstance(parameter, tuple | list)
        for each in parameter if several else [parameter]:
            inner = getattr(each, "jaxpr", each)
            if hasattr(inner, "eqns"):
                found.append(inner)
    return found


def read_control_flow(kinds: set[str]) -> tuple[Idiom, ...]:
    """Return where loops and branches run, by the names of operations."""
    found = [Idiom.BRANCH] if kinds & BRANCHES else []
    found += [Idiom.LOOP] if kinds & LOOPS else []
    return tuple(found) or (Idiom.UNROLLED,)
