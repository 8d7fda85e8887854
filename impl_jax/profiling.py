"""Where a training step spends its time, by JAX's profiler.

It records events on threads; those with an ``hlo_op`` are operations of XLA.
"""

import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jax
from compare.contract import Operation, OperationKind, Session
from compare.graphs.operations import CommonOperation
from compare.stats.self_times import Event, share_out
from jax.profiler import ProfileData

STEP = "training step"  # an event around each; its self time is Python
DEVICE = "/device:"
FUSED = ("fusion", "wrapped_")  # kernels that XLA generated
NUMBER = re.compile(r"([._]\d+)+$")


def profile(
    session: Session, batches: Sequence[Any], *, save_to: str
) -> list[Operation]:
    """Profile one step per batch, after each batch has run once."""
    for batch in batches:
        session.step(batch)
    record_steps(session, batches)  # warms up the profiler
    return list(
        sum_operations(record_steps(session, batches, save_to=save_to))
    )


def record_steps(
    session: Session, batches: Sequence[Any], *, save_to: str = ""
) -> ProfileData:
    """Record one step per batch, and store the trace that JAX writes."""
    options = jax.profiler.ProfileOptions()
    options.python_tracer_level = 0  # it would make each Python call slower
    session.synchronize()
    with TemporaryDirectory() as folder:
        with jax.profiler.trace(folder, profiler_options=options):
            for batch in batches:
                with jax.profiler.TraceAnnotation(STEP):
                    session.step(batch)
            session.synchronize()
        (file,) = Path(folder).rglob("*.xplane.pb")
        if save_to:
            (trace,) = Path(folder).rglob("*.trace.json.gz")
            shutil.copy(trace, save_to)
        return ProfileData.from_file(str(file))


def sum_operations(found: ProfileData) -> Iterator[Operation]:
    """Return self times by name, of the host and of each device."""
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
                common=COMMON.get(kind, ""),
                processor="device" if on_device else "host",
                calls=calls[name, kind],
                self_ns=time_ns,
            )


def read_events(plane: Any) -> Iterator[Event]:
    """Return the events of one processor, in all of its threads."""
    for line in plane.lines:
        for event in line.events:
            if event.duration_ns:  # otherwise an instant
                is_operation = "hlo_op" in dict(event.stats)
                name = NUMBER.sub("", event.name)
                yield Event(
                    name=name if is_operation else event.name,
                    kind=classify(name if is_operation else ""),
                    start_ns=event.start_ns,
                    end_ns=event.start_ns + event.duration_ns,
                )


# A fusion may contain a product; its name does not show that.
COMMON = {
    OperationKind.FUSED_KERNEL: str(CommonOperation.FUSION),
    OperationKind.MATRIX_PRODUCT: str(CommonOperation.MATRIX_PRODUCT),
    OperationKind.CONVOLUTION: str(CommonOperation.CONVOLUTION),
}


def classify(name: str) -> OperationKind:
    """Return the kind of an operation, by its name."""
    if not name:
        return OperationKind.OUTSIDE
    if any(part in name for part in FUSED):
        return OperationKind.FUSED_KERNEL
    if "convolution" in name:
        return OperationKind.CONVOLUTION
    is_product = "dot" in name
    return OperationKind.MATRIX_PRODUCT if is_product else OperationKind.OTHER
