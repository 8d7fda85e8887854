"""Where a training step spends its time, asked of TensorFlow's own profiler.

It records events on threads; to add them up and to write a Chrome trace,
TensorFlow leaves to others since 2.11 (tensorflow#58738).
"""

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import tensorflow as tf
from compare.contract import Operation, OperationKind, Session
from tensorflow.tsl.profiler.protobuf.xplane_pb2 import XPlane, XSpace

STEP = "training step"  # an event around each; Python is what else it holds
EAGER = "EagerLocalExecute: "  # and then an operation
FUNCTION = "__inference_"  # a traced function, which is no operation
DEVICE = "/device:"
COMPILED = ("fusion", "wrapped_")  # how XLA calls a kernel that it wrote
PRODUCTS = ("MatMul", "Einsum", "dot")
CONVOLUTIONS = ("Conv2D", "Conv3D", "convolution")
NUMBER = re.compile(r"([._]\d+)+$")


def profile(
    session: Session, batches: Sequence[Any], *, device: str, save_to: str
) -> list[Operation]:
    """Profile a step on each batch, none of them met for the first time."""
    for batch in batches:
        session.step(batch)
    recorded(session, batches, device=device)  # the profiler warms up too
    found = recorded(session, batches, device=device)
    export_chrome_trace(found, save_to=save_to)
    return list(operations(found))


def recorded(
    session: Session, batches: Sequence[Any], *, device: str
) -> XSpace:
    """What the profiler saw of a step on each batch, whatever the device."""
    profiler = tf.profiler.experimental
    with TemporaryDirectory() as folder:
        profiler.start(folder)
        for batch in batches:
            with profiler.Trace(STEP):
                session.step(batch)
        session.synchronize()
        profiler.stop()
        (file,) = Path(folder).rglob("*.xplane.pb")
        return XSpace.FromString(file.read_bytes())


@dataclass(kw_only=True)
class Event:
    """Something that went on; the moments of its own are found out later."""

    name: str
    kind: OperationKind
    start_ns: float
    end_ns: float
    own_ns: float = 0.0
    within: "Event | None" = None  # the operation that it is a part of


def operations(found: XSpace) -> Iterator[Operation]:
    """Self times by name, of the host and of each device."""
    # differs: TensorFlow tells events alone; their self times are made below.
    for plane in found.planes:
        calls, self_ns = Counter(), Counter()
        for event in share_out(list(events(plane))):
            calls[event.name, event.kind] += 1
            self_ns[event.name, event.kind] += event.own_ns
        on_device = plane.name.startswith(DEVICE)
        for (name, kind), time_ns in self_ns.items():
            yield Operation(
                name=name,
                kind=kind,
                processor="device" if on_device else "host",
                calls=calls[name, kind],
                self_ns=time_ns,
            )


def share_out(found: list[Event]) -> list[Event]:
    """Each moment counts once, for the event that began last.

    A thread that works is waited for by another, so that the others' events
    stand still. Inside an operation everything counts for the operation.
    """
    now, going_on = 0.0, []
    for event in sorted(found, key=lambda e: (e.start_ns, -e.end_ns)):
        now = spend(going_on, now=now, until=event.start_ns)
        outer = going_on[-1] if going_on else None
        if outer and event.kind == "outside operations":
            inside = outer.kind != "outside operations"
            event.within = outer if inside else outer.within
        going_on.append(event)
    spend(going_on, now=now, until=float("inf"))
    return [event for event in found if event.within is None]


def spend(going_on: list[Event], *, now: float, until: float) -> float:
    """Hand out the time between two moments, ending what ends in between."""
    while going_on:
        last = going_on[-1]
        end_ns = min(last.end_ns, until)
        (last.within or last).own_ns += max(0.0, end_ns - now)
        now = max(now, end_ns)
        if last.end_ns > until:
            break
        going_on.pop()
    return max(now, until)


def events(plane: XPlane) -> Iterator[Event]:
    """What went on on one processor, in all of its threads."""
    for line in plane.lines:
        for event in line.events:
            start_ns = line.timestamp_ns + event.offset_ps / 1e3
            name = operation_name(event, plane=plane)
            if event.duration_ps:  # else a mark
                yield Event(
                    name=name or plane.event_metadata[event.metadata_id].name,
                    kind=kind(name),
                    start_ns=start_ns,
                    end_ns=start_ns + event.duration_ps / 1e3,
                )


def operation_name(event: Any, *, plane: XPlane) -> str:
    """The operation that an event is; empty where it is none."""
    known = plane.event_metadata[event.metadata_id]
    told = {plane.stat_metadata[s.metadata_id].name for s in event.stats}
    if "hlo_op" in told:  # XLA's, numbered
        name = NUMBER.sub("", known.name)
    elif known.name.startswith(EAGER):
        name = known.name.removeprefix(EAGER)
    else:  # the graph executor shows an operation by its type
        on_device = plane.name.startswith(DEVICE)
        name = known.display_name or (known.name if on_device else "")
    return "" if name.startswith(FUNCTION) else name


def kind(name: str) -> OperationKind:
    """What kind of operation a name means."""
    if not name:
        return "outside operations"
    if any(part in name for part in COMPILED):
        return "fused kernel"
    if any(part in name for part in CONVOLUTIONS):
        return "convolution"
    is_product = any(part in name for part in PRODUCTS)
    return "matrix product" if is_product else "other operation"


def export_chrome_trace(found: XSpace, *, save_to: str) -> None:
    """Write the events as Chrome, and Perfetto, read them."""
    trace = {
        "traceEvents": list(chrome_events(found)),
        "displayTimeUnit": "ns",
    }
    with gzip.open(save_to, "wt", encoding="utf-8") as file:
        json.dump(trace, file)


def chrome_events(found: XSpace) -> Iterator[dict[str, Any]]:
    """A process for each processor; times in microseconds."""
    for pid, plane in enumerate(found.planes):
        yield named("process_name", plane.name, pid=pid)
        for tid, line in enumerate(plane.lines):
            yield named("thread_name", line.name, pid=pid, tid=tid)
            for event in line.events:
                start_us = line.timestamp_ns / 1e3 + event.offset_ps / 1e6
                if event.duration_ps:
                    yield {
                        "ph": "X",
                        "name": plane.event_metadata[event.metadata_id].name,
                        "pid": pid,
                        "tid": tid,
                        "ts": start_us,
                        "dur": event.duration_ps / 1e6,
                    }


def named(what: str, name: str, *, pid: int, tid: int = 0) -> dict[str, Any]:
    """The event by which a Chrome trace names a process or a thread."""
    return {
        "ph": "M",
        "name": what,
        "pid": pid,
        "tid": tid,
        "args": {"name": name},
    }
