"""Graph breaks and recaptures of a function over some calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from compare.contract import BreakKind, GraphBreak
from compare.testing.calls import read_calls
from compare.testing.evaluating import place_input
from compare.testing.sides import describe_value, find_side
from compare.testing.trees import replace_leaves

if TYPE_CHECKING:
    from collections.abc import Mapping

    from compare.testing.calls import Call
    from compare.testing.sides import ComparedFunction


__tracebackhide__ = True  # pytest then shows the line of the test


@dataclass(frozen=True, kw_only=True)
class FunctionCaptures:
    """What keeps a function from running in one graph that is captured once.

    Attributes:
        name: of the function or class.
        breaks: places where the graph ends or calls Python, or why there is none.
        recaptures: what made the framework capture again.
    """

    name: str
    breaks: tuple[GraphBreak, ...]
    recaptures: tuple[GraphBreak, ...]


def inspect_captures(model: object, inputs: object) -> FunctionCaptures:
    """Return the graph breaks and recaptures of a function or model over some calls.

    Its state is the same afterwards. PyTorch forgets what was compiled before.

    Args:
        model: a function or model, compiled or not.
        inputs: of one call, or a list of several; see `compare_functions`.

    Raises:
        UsageError: it belongs to no single framework.
    """
    calls = read_calls(inputs)
    side = find_side(model, name="model", calls=calls)
    placed = [_place_call(side, each) for each in calls]
    with side.callables.holding(side.objects, dtype=None):
        found = side.callables.find_capture_breaks(side.function, placed)
    return FunctionCaptures(
        name=describe_value(model),
        breaks=tuple(x for x in found if x.kind is not BreakKind.RETRACE),
        recaptures=tuple(x for x in found if x.kind is BreakKind.RETRACE),
    )


def _place_call(
    side: ComparedFunction, call: Call
) -> tuple[tuple[Any, ...], Mapping[str, Any]]:
    def place(leaf: Any) -> Any:  # noqa: ANN401 - of any framework
        return place_input(side, leaf, dtype=None)

    return (
        replace_leaves(call.positional, place),
        replace_leaves(dict(call.named), place),
    )
