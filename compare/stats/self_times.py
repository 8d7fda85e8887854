"""Self times of recorded events, which may contain each other."""

from __future__ import annotations

from dataclasses import dataclass

from compare.contract import OperationKind


@dataclass(kw_only=True)
class Event:
    """An event of a profiler; `share_out` computes its own time."""

    name: str
    kind: OperationKind
    start_ns: float
    end_ns: float
    own_ns: float = 0.0
    within: Event | None = None  # the operation that contains it


def share_out(found: list[Event]) -> list[Event]:
    """Assign each moment to one event: the one that started last.

    While one thread works, other threads wait, and their open events must not count
    that time. Everything within an operation counts for the operation.
    """
    now = 0.0
    active: list[Event] = []
    for event in sorted(found, key=lambda e: (e.start_ns, -e.end_ns)):
        now = _assign_time(active, now=now, until=event.start_ns)
        outer = active[-1] if active else None
        if outer and event.kind is OperationKind.OUTSIDE:
            inside = outer.kind is not OperationKind.OUTSIDE
            event.within = outer if inside else outer.within
        active.append(event)
    _assign_time(active, now=now, until=float("inf"))
    return [event for event in found if event.within is None]


def _assign_time(active: list[Event], *, now: float, until: float) -> float:
    """Assign the time between two moments; drop events that end in between."""
    while active:
        last = active[-1]
        end_ns = min(last.end_ns, until)
        (last.within or last).own_ns += max(0.0, end_ns - now)
        now = max(now, end_ns)
        if last.end_ns > until:
            break
        active.pop()
    return max(now, until)
