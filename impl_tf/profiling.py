"""Where a training step spends its time, by TensorFlow's profiler.

It records events on threads. Since 2.11, TensorFlow itself neither sums them
nor writes a Chrome trace (tensorflow#58738).
"""

import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import tensorflow as tf
from compare.contract import Operation, OperationKind, Session
from compare.graphs.operations import CommonOperation
from compare.stats.self_times import Event, share_out
from tensorflow.tsl.profiler.protobuf.xplane_pb2 import XPlane, XSpace

from impl_tf.graph_names import common_name

STEP = "training step"  # an event around each; its self time is Python
EAGER = "EagerLocalExecute: "  # prefix of an operation
FUNCTION = "__inference_"  # prefix of a traced function, no operation
DEVICE = "/device:"
COMPILED = ("fusion", "wrapped_")  # kernels that XLA generated
PRODUCTS = ("MatMul", "Einsum", "dot")
CONVOLUTIONS = ("Conv2D", "Conv3D", "convolution")
NUMBER = re.compile(r"([._]\d+)+$")


def profile(
    session: Session, batches: Sequence[Any], *, device: str, save_to: str
) -> list[Operation]:
    """Profile one step per batch, after each batch has run once."""
    for batch in batches:
        session.step(batch)
    record_steps(session, batches, device=device)  # warms up the profiler
    found = record_steps(session, batches, device=device)
    export_chrome_trace(found, save_to=save_to)
    return list(sum_operations(found))


def record_steps(
    session: Session, batches: Sequence[Any], *, device: str
) -> XSpace:
    """Record one step per batch with the profiler, on every device."""
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


def sum_operations(found: XSpace) -> Iterator[Operation]:
    """Return self times by name, of the host and of each device."""
    # differs: TensorFlow provides events only; self times are computed here.
    for plane in found.planes:
        calls: Counter[tuple[str, OperationKind]] = Counter()
        self_ns: dict[tuple[str, OperationKind], float] = defaultdict(float)
        for event in share_out(list(read_events(plane))):
            calls[event.name, event.kind] += 1
            self_ns[event.name, event.kind] += event.own_ns
        on_device = plane.name.startswith(DEVICE)
        for (name, kind), time_ns in self_ns.items():
            yield Operation(
                name=name,
                kind=kind,
                common=name_computed(name, kind=kind),
                processor="device" if on_device else "host",
                calls=calls[name, kind],
                self_ns=time_ns,
            )


def read_events(plane: XPlane) -> Iterator[Event]:
    """Return the events of one processor, in all of its threads."""
    for line in plane.lines:
        for event in line.events:
            start_ns = line.timestamp_ns + event.offset_ps / 1e3
            name = operation_name(event, plane=plane)
            if event.duration_ps:  # otherwise an instant
                yield Event(
                    name=name or plane.event_metadata[event.metadata_id].name,
                    kind=classify(name),
                    start_ns=start_ns,
                    end_ns=start_ns + event.duration_ps / 1e3,
                )


def operation_name(event: Any, *, plane: XPlane) -> str:
    """Return the operation of an event; empty if it is none."""
    known = plane.event_metadata[event.metadata_id]
    stats = {plane.stat_metadata[s.metadata_id].name for s in event.stats}
    if "hlo_op" in stats:  # of XLA; its names are numbered
        name = NUMBER.sub("", known.name)
    elif known.name.startswith(EAGER):
        name = known.name.removeprefix(EAGER)
    else:  # the graph executor reports an operation's type
        on_device = plane.name.startswith(DEVICE)
        name = known.display_name or (known.name if on_device else "")
    return "" if name.startswith(FUNCTION) else name


def name_computed(name: str, *, kind: OperationKind) -> str:
    """Return the shared name of what an operation computes, if it has one."""
    if kind is OperationKind.FUSED_KERNEL:
        return str(CommonOperation.FUSION)
    return "" if kind is OperationKind.OUTSIDE else common_name(name)


def classify(name: str) -> OperationKind:
    """Return the kind of an operation, by its name."""
    if not name:
        return OperationKind.OUTSIDE
    if any(part in name for part in COMPILED):
        return OperationKind.FUSED_KERNEL
    if any(part in name for part in CONVOLUTIONS):
        return OperationKind.CONVOLUTION
    is_product = any(part in name for part in PRODUCTS)
    return OperationKind.MATRIX_PRODUCT if is_product else OperationKind.OTHER


def export_chrome_trace(found: XSpace, *, save_to: str) -> None:
    """Write the events in the format of Chrome and Perfetto."""
    trace = {
        "traceEvents": list(chrome_events(found)),
        "displayTimeUnit": "ns",
    }
    with gzip.open(save_to, "wt", encoding="utf-8") as file:
        json.dump(trace, file)


def chrome_events(found: XSpace) -> Iterator[dict[str, Any]]:
    """Return one process per processor, with times in microseconds."""
    for pid, plane in enumerate(found.planes):
        yield name_event("process_name", plane.name, pid=pid)
        for tid, line in enumerate(plane.lines):
            yield name_event("thread_name", line.name, pid=pid, tid=tid)
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


def name_event(
    what: str, name: str, *, pid: int, tid: int = 0
) -> dict[str, Any]:
    """Return the event that names a process or thread in a Chrome trace."""
    return {
        "ph": "M",
        "name": what,
        "pid": pid,
        "tid": tid,
        "args": {"name": name},
    }
