"""The child: imports one framework, hosts one session at a time, answers messages.

Started as ``python -m compare.workers.worker REQUESTS REPLIES``, with two inherited
pipe ends. It ends when the parent closes its end.
"""

from __future__ import annotations

import gc
import os
import sys
import time
import traceback
from contextlib import suppress
from functools import singledispatchmethod
from importlib import import_module
from importlib.machinery import PathFinder
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter, perf_counter_ns, process_time_ns
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from compare import workloads
from compare.contract import Snapshot
from compare.frameworks import frameworks
from compare.numerics.arrays import load_arrays, save_arrays
from compare.workers import messages, stopwatch

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    from compare.contract import Arrays, Framework, Session, Workload

PLACED_BATCHES = 16  # so many batches are kept ready for timed steps


class Host:
    """Answers one message after another, holding the session between them."""

    _package: str
    _workload: Workload
    _session: Session
    _runtime: Any  # its module of that name
    _absent: Absent
    _device: str
    _dtype: Any

    @singledispatchmethod
    def answer(self, request: messages.Request) -> messages.Reply:
        """The reply to a request."""
        raise NotImplementedError(type(request).__name__)

    @answer.register
    def _(self, request: messages.Hello) -> messages.Reply:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, request.cores)
        self._package = request.package
        self._absent = Absent({*self._unwanted(), *self._others()})
        sys.meta_path[:] = [
            self._absent if finder is PathFinder else finder for finder in sys.meta_path
        ]
        start = perf_counter()
        runtime = self._runtime = self._module("runtime")
        self._module("session")
        import_s = perf_counter() - start
        runtime.configure(threads=request.threads)
        # What is imported lives on: Keras, which collects garbage before each session,
        # need not walk it every time.
        gc.collect()
        gc.freeze()
        return messages.Ready(
            import_s=import_s,
            peak_rss_bytes=peak_rss_bytes(),
            versions=runtime.versions(),
            settings=runtime.settings(),
        )

    @answer.register
    def _(self, request: messages.Prepare) -> messages.Reply:
        if reason := self._runtime.missing(device=request.device):
            return messages.Missing(reason=reason)
        self._device, self._dtype = request.device, request.dtype
        self._workload = workloads.build(request.workload, request.config)
        first_epoch = self._workload.batches(self._dtype)
        arrays = list(islice(first_epoch, PLACED_BATCHES))
        start = perf_counter()
        try:
            self._session = self._module("session").Session(
                self._workload,
                mode=request.mode,
                device=request.device,
                dtype=request.dtype,
            )
        except NotImplementedError as error:  # a pair that the mode names itself
            return messages.Missing(reason=str(error))
        self._session.synchronize()
        prepare_s = perf_counter() - start
        self._batches = cycle([self._session.place(batch) for batch in arrays])
        return messages.Prepared(prepare_s=prepare_s)

    @answer.register
    def _(self, request: messages.FirstCall) -> messages.Reply:  # noqa: ARG002
        batch = next(self._batches)
        start = perf_counter()
        self._session.step(batch)
        self._session.synchronize()
        return messages.Elapsed(seconds=perf_counter() - start)

    @answer.register
    def _(self, request: messages.WarmUp) -> messages.Reply:
        end = perf_counter() + request.seconds
        self._steps(request.steps)
        while perf_counter() < end:
            self._steps(request.steps)
        # What lives now lives on: the collector need not walk it in timed blocks.
        gc.collect()
        gc.freeze()
        duration_ns = self._steps(request.steps)
        warm = messages.Warm(
            step_ns=duration_ns / request.steps,
            captures_count=self._session.captures_count(),
            peak_rss_bytes=peak_rss_bytes(),
            peak_device_bytes=self._runtime.peak_device_bytes(device=self._device),
        )
        forget_peak_rss()
        self._runtime.forget_peak(device=self._device)
        return warm

    @answer.register
    def _(self, request: messages.Block) -> messages.Reply:
        self._steps(request.lead_in)
        captures, asleep_ns = self._session.captures_count(), slept_ns()
        begun, busy_ns = self._runtime.mark(device=self._device), process_time_ns()
        started_ns = perf_counter_ns()
        self._run(request.steps)
        ended = self._runtime.mark(device=self._device)
        self._session.synchronize()
        duration_ns = perf_counter_ns() - started_ns
        return messages.Sample(
            started_ns=started_ns,
            duration_ns=duration_ns,
            device_ns=self._runtime.between_ns(begun, ended),
            busy_ns=process_time_ns() - busy_ns,
            slept_ns=slept_ns() - asleep_ns,
            recaptures=self._session.captures_count() - captures,
        )

    @answer.register
    def _(self, request: messages.TakeSnapshot) -> messages.Reply:
        batch = self._at(request.step, state=request.state)
        snapshot = self._session.snapshot(batch)
        save_arrays(Path(request.save_to), snapshot.quantities())
        return messages.Done()

    @answer.register
    def _(self, request: messages.TakeActivations) -> messages.Reply:
        batch = self._at(request.step, state=request.state)
        return _shown(self._session.activations(batch), save_to=request.save_to)

    @answer.register
    def _(self, request: messages.TakeOperations) -> messages.Reply:
        operands = load_arrays(Path(request.operands))
        return _shown(self._session.operations(operands), save_to=request.save_to)

    @answer.register
    def _(self, request: messages.Trajectory) -> messages.Reply:
        self._session.load(load_arrays(Path(request.state)))
        batches = workloads.stream(self._workload, dtype=self._dtype)
        for step, batch in enumerate(islice(batches, request.steps)):
            now = Snapshot(
                loss=self._session.step_loss(self._session.place(batch)),
                gradients={},
                parameters=self._session.parameters(),
            )
            save_arrays(Path(request.save_in) / f"{step}.npz", now.quantities())
        return messages.Done()

    @answer.register
    def _(self, request: messages.Epoch) -> messages.Reply:
        session, workload = self._session, self._workload
        if request.epoch == 0:
            session.load(workload.parameters(self._dtype))
        batches = workload.batches(self._dtype, epoch=request.epoch)
        losses = [session.step_loss(session.place(batch)) for batch in batches]
        held_out = workload.validation(self._dtype)
        outputs = session.predict(session.place(held_out))
        metrics = workload.metrics(outputs, held_out)
        return messages.Learned(
            train_loss=float(np.mean(losses)),
            valid_loss=metrics["loss"],
            valid_accuracy=metrics["accuracy"],
        )

    @answer.register
    def _(self, request: messages.Reach) -> messages.Reply:
        kernel = self._runtime.LIMITS[request.limit](
            size=request.size, dtype=request.dtype, device=request.device
        )
        end, shortest = perf_counter() + request.seconds, float("inf")
        for _ in range(request.repeats):
            start = perf_counter()
            kernel()
            shortest = min(shortest, perf_counter() - start)
            if perf_counter() > end:
                break
        return messages.Elapsed(seconds=shortest)

    @answer.register
    def _(self, request: messages.Profile) -> messages.Reply:
        batches = list(islice(self._batches, request.steps))
        operations = self._session.profile(batches, save_to=request.save_to)
        return messages.Profiled(operations=operations)

    @answer.register
    def _(self, request: messages.Describe) -> messages.Reply:  # noqa: ARG002
        # Before describing, which may itself need memory.
        peak = peak_rss_bytes()
        on_device = self._runtime.peak_device_bytes(device=self._device)
        graph = self._session.graph()
        return messages.Description(
            captures=graph.captures,
            captures_count=graph.captures_count,
            graph_breaks=graph.graph_breaks,
            nodes=graph.nodes,
            nodes_optimized=graph.nodes_optimized,
            kernels=graph.kernels,
            peak_rss_bytes=peak,
            peak_device_bytes=on_device,
            reserved_device_bytes=self._runtime.reserved_bytes(device=self._device),
        )

    @answer.register
    def _(self, request: messages.RunLesson) -> messages.Reply:
        self._absent.names = frozenset(self._others())  # a lesson may want the rest
        ran = stopwatch.run(Path(request.path), name=request.name)
        save_arrays(Path(request.save_to), ran.arrays)
        return messages.LessonRan(elapsed_ns=ran.elapsed_ns, printed=ran.printed)

    def _unwanted(self) -> tuple[str, ...]:
        framework: Framework = import_module(self._package).FRAMEWORK
        return framework.unwanted

    def _others(self) -> list[str]:
        """The other frameworks, which a library might bring in unasked."""
        return [f.module for f in frameworks().values() if f.package != self._package]

    def _module(self, name: str) -> Any:  # noqa: ANN401 - a package found by name
        return import_module(f"{self._package}.{name}")

    def _at(self, step: int, *, state: str) -> Any:  # noqa: ANN401 - a placed batch
        """The session put into a state; the batch that it meets there."""
        self._session.load(load_arrays(Path(state)))
        batches = workloads.stream(self._workload, dtype=self._dtype)
        return self._session.place(next(islice(batches, step, None)))

    def _steps(self, count: int) -> int:
        """Run so many steps, waited for once; the time in ns."""
        start = perf_counter_ns()
        self._run(count)
        self._session.synchronize()
        return perf_counter_ns() - start

    def _run(self, count: int) -> None:
        step = self._session.step
        for batch in islice(self._batches, count):
            step(batch)


class Absent(PathFinder):
    """Finds every module but some, as if nobody had installed those.

    ``None`` in ``sys.modules`` would do as well, but SciPy, once it is imported, takes
    what it finds there for a module.
    """

    def __init__(self, names: Collection[str]) -> None:
        self.names = names

    def find_spec(  # type: ignore[override]  # of an instance, which knows its names
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Where a module is; nowhere, if it is one of these."""
        if fullname in self.names:
            return None
        return super().find_spec(fullname, path, target)


def _shown(arrays: Arrays | None, *, save_to: str) -> messages.Reply:
    """Save what a mode shows of its inside, if it does."""
    if arrays is None:
        return messages.Missing(reason="this mode lets nobody see inside")
    save_arrays(Path(save_to), arrays)
    return messages.Done()


def peak_rss_bytes() -> int:
    """Most memory this process ever held (``VmHWM``; ``ru_maxrss`` survives exec)."""
    status = Path("/proc/self/status")
    if not status.exists():  # not Linux
        import psutil  # noqa: PLC0415 - Linux does without

        return int(psutil.Process().memory_info().rss)
    for line in status.read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("/proc/self/status has no VmHWM line")


def forget_peak_rss() -> None:
    """Let the next peak be that of what follows, where the system can."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def slept_ns() -> int:
    """How long the machine has slept since it started, if it tells."""
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return 0
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) - time.monotonic_ns()


def main() -> None:
    """Answer requests until the parent closes its end."""
    host = Host()
    decode = msgspec.json.Decoder(messages.Request).decode
    requests, replies = (int(end) for end in sys.argv[1:3])
    with os.fdopen(requests, "rb") as incoming, os.fdopen(replies, "wb") as outgoing:
        for line in incoming:
            try:
                reply = host.answer(decode(line))
            except Exception as error:  # noqa: BLE001 - the parent decides what it means
                detail = traceback.format_exc()
                text = f"{type(error).__name__}: {error}"
                reply = messages.Failed(error=text, detail=detail)
            outgoing.write(msgspec.json.encode(reply) + b"\n")
            outgoing.flush()


if __name__ == "__main__":
    main()
