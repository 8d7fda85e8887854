"""Where a training step spends its time, by PyTorch's profiler."""

import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from compare.contract import Operation, OperationKind, Processor, Session
from compare.graphs.operations import CommonOperation
from torch import profiler

from impl_torch.graph_names import common_name

STEP = "training step"  # an event around each; its self time is Python
OPERATIONS = ("aten::", "mkl::", "mkldnn::")  # PyTorch's own
COMPILED = ("graph_", "triton_")  # kernels that Inductor generated
PRODUCTS = ("mm", "addmm", "bmm", "baddbmm", "_mkl_linear")
HASH = re.compile(r"(CompiledFxGraph) \w+")


def profile(
    session: Session, batches: Sequence[Any], *, device: str, save_to: str
) -> list[Operation]:
    """Profile one step per batch, after each batch has run once."""
    name_compiled_kernels()
    for batch in batches:
        session.step(batch)
    record_steps(session, batches, device=device)  # warms up the profiler
    found = record_steps(session, batches, device=device)
    found.export_chrome_trace(save_to)
    return list(sum_operations(found))


def name_compiled_kernels() -> None:
    """Let Inductor, if loaded, record the kernels that it generated."""
    if inductor := sys.modules.get("torch._inductor.config"):
        inductor.cpp.enable_kernel_profile = True


def record_steps(
    session: Session, batches: Sequence[Any], *, device: str
) -> profiler.profile:
    """Record one step per batch with the profiler."""
    activities = [profiler.ProfilerActivity.CPU]
    if device == "cuda":
        activities.append(profiler.ProfilerActivity.CUDA)
    with profiler.profile(activities=activities) as found:
        for batch in batches:
            with profiler.record_function(STEP):
                session.step(batch)
        session.synchronize()
    return found


def sum_operations(found: profiler.profile) -> Iterator[Operation]:
    """Return self times by name; a GPU kernel counts for its launcher."""
    # differs: PyTorch provides the sums of self times.
    for event in found.key_averages():
        if event.device_type != torch.autograd.DeviceType.CPU:
            continue
        times_us: dict[Processor, float] = {
            "host": event.self_cpu_time_total,
            "device": event.self_device_time_total,
        }
        kind = classify(event.key)
        for processor, self_us in times_us.items():
            if self_us > 0:
                yield Operation(
                    name=HASH.sub(r"\1", event.key),
                    kind=kind,
                    common=name_computed(event.key, kind=kind),
                    processor=processor,
                    calls=event.count,
                    self_ns=self_us * 1e3,
                )


def name_computed(name: str, *, kind: OperationKind) -> str:
    """Return the shared name of what an operation computes, if it has one."""
    if kind is OperationKind.FUSED_KERNEL:
        return str(CommonOperation.FUSION)
    return "" if kind is OperationKind.OUTSIDE else common_name(name)


def classify(name: str) -> OperationKind:
    """Return the kind of an operation, by the profiler's name of it."""
    if name.startswith(COMPILED):
        return OperationKind.FUSED_KERNEL
    if not name.startswith(OPERATIONS):
        return OperationKind.OUTSIDE
    if "conv" in name:
        return OperationKind.CONVOLUTION
    short = name.split("::")[1]
    is_product = short in PRODUCTS
    return OperationKind.MATRIX_PRODUCT if is_product else OperationKind.OTHER
