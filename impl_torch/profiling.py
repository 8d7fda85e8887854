"""Where a training step spends its time, asked of PyTorch's own profiler."""

import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from compare.contract import Operation, OperationKind, Session
from torch import profiler

STEP = "training step"  # an event around each; Python is what else it holds
OPERATIONS = ("aten::", "mkl::", "mkldnn::")  # where PyTorch keeps its own
COMPILED = ("graph_", "triton_")  # how Inductor calls a kernel that it wrote
PRODUCTS = ("mm", "addmm", "bmm", "baddbmm", "_mkl_linear")
HASH = re.compile(r"(CompiledFxGraph) \w+")


def profile(
    session: Session, batches: Sequence[Any], *, device: str, save_to: str
) -> list[Operation]:
    """Profile a step on each batch, none of them met for the first time."""
    name_compiled_kernels()
    for batch in batches:
        session.step(batch)
    recorded(session, batches, device=device)  # the profiler warms up too
    found = recorded(session, batches, device=device)
    found.export_chrome_trace(save_to)
    return list(operations(found))


def name_compiled_kernels() -> None:
    """Have Inductor, where it is loaded, record the kernels that it writes."""
    if inductor := sys.modules.get("torch._inductor.config"):
        inductor.cpp.enable_kernel_profile = True


def recorded(
    session: Session, batches: Sequence[Any], *, device: str
) -> profiler.profile:
    """What the profiler saw of a step on each batch."""
    activities = [profiler.ProfilerActivity.CPU]
    if device == "cuda":
        activities.append(profiler.ProfilerActivity.CUDA)
    with profiler.profile(activities=activities) as found:
        for batch in batches:
            with profiler.record_function(STEP):
                session.step(batch)
        session.synchronize()
    return found


def operations(found: profiler.profile) -> Iterator[Operation]:
    """Self times by name; a GPU's kernels under what launched them."""
    # differs: PyTorch has added up the self times already.
    for event in found.key_averages():
        if event.device_type != torch.autograd.DeviceType.CPU:
            continue
        times_us = {
            "host": event.self_cpu_time_total,
            "device": event.self_device_time_total,
        }
        for processor, self_us in times_us.items():
            if self_us > 0:
                yield Operation(
                    name=HASH.sub(r"\1", event.key),
                    kind=kind(event.key),
                    processor=processor,
                    calls=event.count,
                    self_ns=self_us * 1e3,
                )


def kind(name: str) -> OperationKind:
    """What kind of operation the profiler's name means."""
    if name.startswith(COMPILED):
        return "fused kernel"
    if not name.startswith(OPERATIONS):
        return "outside operations"
    if "conv" in name:
        return "convolution"
    short = name.split("::")[1]
    return "matrix product" if short in PRODUCTS else "other operation"
