"""Graph breaks and recaptures of a function over some calls."""

from __future__ import annotations

from dataclasses import dataclass

from compare.contract import BreakKind, GraphBreak
from compare.testing.calls import read_calls
from compare.testing.evaluating import place_call
from compare.testing.sides import describe_value, find_side

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

    @property
    def is_refused(self) -> bool:
        """Whether no graph was captured, which no number of breaks describes."""
        return any(each.kind is BreakKind.REFUSED for each in self.breaks)


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
    placed = [
        (each["positional"], each["named"])
        for each in (place_call(side, call) for call in calls)
    ]
    with side.callables.holding(side.objects, dtype=None):
        found = side.callables.find_capture_breaks(side.function, placed)
    return FunctionCaptures(
        name=describe_value(model),
        breaks=tuple(x for x in found if x.kind is not BreakKind.RETRACE),
        recaptures=tuple(x for x in found if x.kind is BreakKind.RETRACE),
    )
