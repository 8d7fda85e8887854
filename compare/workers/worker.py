"""The worker process: imports one framework, hosts one session, handles requests.

Started as ``python -m compare.workers.worker REQUESTS REPLIES``, with two inherited
pipe ends. It ends when the parent closes its end.
"""

from __future__ import annotations

import gc
import os
import sys
import time
import traceback
import warnings
from functools import partial, singledispatchmethod
from importlib import import_module
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter, perf_counter_ns, process_time_ns
from typing import TYPE_CHECKING, cast

import msgspec
import numpy as np

from compare import workloads
from compare.contract import TensorKind, key_by_quantity
from compare.numerics.arrays import load_arrays, save_arrays
from compare.runners.serving import read_inputs
from compare.targets.folders import list_losses, read_workload
from compare.targets.inspecting import Question, inspect
from compare.targets.loading import Stage, TargetError, describe_failure
from compare.wording import shorten
from compare.workers import (
    deploying,
    evaluating,
    framing,
    kept,
    messages,
    observing,
    resizing,
    stopwatch,
)
from compare.workers.importing import (
    add_brought_model,
    describe_missing_workload,
    import_package,
    other_frameworks,
)
from compare.workers.lifeline import end_with_parent
from compare.workers.memory import forget_peak_rss, peak_rss_bytes
from compare.workers.sentinel import Sentinel
from compare.workloads.target import TargetWorkload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from compare.contract import (
        Array,
        Arrays,
        Batch,
        BreaksModule,
        DeployedModel,
        Device,
        Dtype,
        ExportingModule,
        LessonCaptureModule,
        LessonGraphModule,
        MistakenModule,
        PlacedBatch,
        PlacedLoss,
        RemediedModule,
        ReplicasModule,
        RoundingModule,
        Runtime,
        Session,
        SessionModule,
        TargetsModule,
        Workload,
    )
    from compare.workers.importing import ImportedPackage

PLACED_BATCHES = 16  # number of batches kept ready for timed steps
MOST_PLACED_BATCHES = 64  # of those whose shapes or structures differ
ERROR_CHARACTERS, DETAIL_CHARACTERS = 10_000, 1_000_000  # of an exception's text


class RequestHandler:
    """Handles one request after another and keeps the session between them."""

    _imported: ImportedPackage
    _runtime: Runtime
    _workload: Workload
    _session: Session
    _batches: Iterator[PlacedBatch]  # placed for timed steps, in a cycle
    _placed: int  # the number of batches in the cycle
    _taken: int  # the number of batches taken from it
    _calls: int  # steps of the session
    _kept: kept.KeptBlock
    _device: Device
    _dtype: Dtype

    def __init__(self, imported: ImportedPackage | None = None) -> None:
        """Handle requests with a package that this process was forked with, if any."""
        self._forked_with = imported
        self._sentinel = Sentinel()

    @singledispatchmethod
    def handle(self, request: messages.Request) -> messages.Reply:
        """Carry out a request and return the reply."""
        raise NotImplementedError(type(request).__name__)

    @handle.register
    def import_framework(self, request: messages.Hello) -> messages.Reply:
        """Import the package; report what that cost and its settings."""
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, request.cores)
        self._imported = self._forked_with or import_package(
            request.package, framework=request.framework
        )
        runtime = self._runtime = self._imported.runtime
        runtime.configure(threads=request.threads)
        if request.replicas > 1:
            self._replicas_module().configure(replicas=request.replicas)
        return messages.Ready(
            import_s=self._imported.import_s,
            peak_rss_bytes=self._imported.peak_rss_bytes,
            versions=runtime.versions(),
            settings=runtime.settings(),
        )

    @handle.register
    def prepare_session(self, request: messages.Prepare) -> messages.Reply:
        """Build a session and place the batches of its timed steps."""
        if reason := (
            self._runtime.missing(device=request.device)
            or describe_missing_workload(request.workload)
        ):
            return messages.Unavailable(reason=reason)
        self._device, self._dtype = request.device, request.dtype
        self._workload = workloads.build(request.workload, request.config)
        arrays = take_batches(self._workload, dtype=self._dtype)
        start = perf_counter()
        try:
            add_brought_model(self._workload, framework=self._imported.framework)
            # Looked up for each session: tests plant defects and import it again.
            self._session = self._choose_session(request.replicas)(
                self._workload,
                mode=request.mode,
                device=request.device,
                dtype=request.dtype,
            )
            self._session.synchronize()
            prepare_s = perf_counter() - start
            placed = [self._session.place(batch) for batch in arrays]
        except NotImplementedError as error:  # the mode cannot run this workload
            return messages.Unavailable(reason=str(error))
        self._batches = cycle(placed)
        self._placed, self._taken, self._calls = len(arrays), 0, 0
        return messages.Prepared(prepare_s=prepare_s, cycle=find_cycle(arrays))

    @handle.register
    def time_first_call(self, request: messages.FirstCall) -> messages.Reply:
        """Time the first training steps, which capture and compile."""
        start = perf_counter()
        self._run_steps(request.steps)
        self._session.synchronize()
        return messages.Elapsed(seconds=perf_counter() - start)

    @handle.register
    def warm_up(self, request: messages.WarmUp) -> messages.Reply:
        """Run steps until the session is in steady state; reset the memory peaks."""
        end = perf_counter() + request.seconds
        self.time_steps(request.steps)
        while perf_counter() < end:
            self.time_steps(request.steps)
        # What is alive now stays alive. The garbage collector must not traverse it
        # within timed blocks.
        gc.collect()
        gc.freeze()
        duration_ns = self.time_steps(request.steps)
        warm = messages.Warm(
            step_ns=duration_ns / request.steps,
            captures_count=self._session.captures_count(),
            # The import's peak precedes the fork of a forked worker.
            peak_rss_bytes=max(self._imported.peak_rss_bytes, peak_rss_bytes()),
            peak_device_bytes=self._runtime.peak_device_bytes(device=self._device),
        )
        forget_peak_rss()
        self._runtime.forget_peak(device=self._device)
        return warm

    @handle.register
    def time_block(self, request: messages.Block) -> messages.Reply:
        """Time consecutive steps after a lead-in."""
        if request.keep:
            self._session.load(self._workload.parameters(self._dtype))
        taken, calls = self._taken, self._calls
        sentinel_ns = self._sentinel.run()
        self.time_steps(request.lead_in)
        captures, asleep_ns = self._session.captures_count(), slept_ns()
        begun, busy_ns = self._runtime.mark(device=self._device), process_time_ns()
        started_ns = perf_counter_ns()
        loss = self._run_steps(request.steps)
        ended = self._runtime.mark(device=self._device)
        self._session.synchronize()
        duration_ns = perf_counter_ns() - started_ns
        sample = messages.Sample(
            started_ns=started_ns,
            duration_ns=duration_ns,
            device_ns=self._runtime.between_ns(begun, ended),
            busy_ns=process_time_ns() - busy_ns,
            slept_ns=max(0, slept_ns() - asleep_ns),  # two clocks, read one by one
            recaptures=self._session.captures_count() - captures,
            sentinel_ns=sentinel_ns,
        )
        if request.keep:
            quantities, reads = kept.time_reading(
                self._session, loss, block_ns=duration_ns
            )
            self._kept = kept.KeptBlock(
                lead_in=request.lead_in,
                steps=request.steps,
                first_batch=taken,
                first_call=calls,
                quantities=quantities,
                reads=reads,
            )
        # After the reading: work that is done after a block must not end meanwhile.
        sample.sentinel_ns += self._sentinel.run()
        return sample

    @handle.register
    def save_kept(self, request: messages.TakeKept) -> messages.Reply:
        """Save the results of the kept block; try a slow reading again."""
        block = self._kept
        save_arrays(Path(request.save_to), block.quantities)
        reads = [block.reads]
        while kept.is_late(reads[-1]) and len(reads) < kept.TRIES:
            again = messages.Block(lead_in=block.lead_in, steps=block.steps, keep=True)
            self.time_block(again)
            reads.append(self._kept.reads)
        self._kept = block
        return messages.Kept(reads=reads)

    @handle.register
    def repeat_kept(self, request: messages.RepeatKept) -> messages.Reply:
        """Run the kept block's steps one by one and save the same results."""
        block, session = self._kept, self._session
        if shift := kept.count_shift(block, calls=self._calls):
            self._run_steps(shift)
        session.load(self._workload.parameters(self._dtype))
        batches = islice(self._workload.batches(self._dtype), self._placed)
        again = islice(cycle(batches), block.first_batch % self._placed, None)
        found = kept.repeat_steps(session, again, steps=block.all_steps)
        self._calls += block.all_steps
        save_arrays(Path(request.save_to), found)
        return messages.Done()

    @handle.register
    def run_first_steps(self, request: messages.RunFirst) -> messages.Reply:
        """Run the first training steps as in a block, and save the results."""
        session = self._session
        stream = workloads.stream(self._workload, dtype=self._dtype)
        batches = [session.place(batch) for batch in islice(stream, request.steps)]
        session.load(self._workload.parameters(self._dtype))
        *_, loss = [session.step(batch) for batch in batches]
        session.synchronize()
        found = kept.collect_quantities(session.read_loss(loss), session.parameters())
        save_arrays(Path(request.save_to), found)
        return messages.Done()

    @handle.register
    def save_snapshot(self, request: messages.TakeSnapshot) -> messages.Reply:
        """Run one step from a given state and save everything it computed."""
        batch = self._load_state(request.state, step=request.step)
        snapshot = self._session.snapshot(batch)
        save_arrays(Path(request.save_to), snapshot.quantities())
        return messages.Done()

    @handle.register
    def save_activations(self, request: messages.TakeActivations) -> messages.Reply:
        """Save each layer's output in one step from a given state."""
        batch = self._load_state(request.state, step=request.step)
        return save_exposed(self._session.activations(batch), save_to=request.save_to)

    @handle.register
    def save_operations(self, request: messages.TakeOperations) -> messages.Reply:
        """Save the results of a few single operations."""
        operands = load_arrays(Path(request.operands))
        return save_exposed(self._session.operations(operands), save_to=request.save_to)

    @handle.register
    def save_trajectory(self, request: messages.RunTrajectory) -> messages.Reply:
        """Run several steps from a given state and save each."""
        self._session.load(load_arrays(Path(request.state)))
        batches = workloads.stream(self._workload, dtype=self._dtype)
        for step, batch in enumerate(islice(batches, request.steps)):
            if step in request.restarts:
                state = load_arrays(Path(request.restarts[step]))
                self._session.set_parameters(state)
            loss = self._session.step(self._session.place(batch))
            arrays = kept.collect_quantities(
                self._session.read_loss(loss), self._session.parameters()
            )
            save_arrays(Path(request.save_in) / f"{step}.npz", arrays)
        return messages.Done()

    @handle.register
    def save_prediction(self, request: messages.Predict) -> messages.Reply:
        """Save the model's outputs for a batch, and the parameters after that."""
        batch = self._load_state(request.state, step=request.step)
        save_arrays(Path(request.save_to), self._predict(batch))
        return messages.Done()

    @handle.register
    def inspect_target(self, request: messages.Inspect) -> messages.Reply:
        """Build a user's model and find what was not stated."""
        self._admit_modules()
        package = import_module(f"{self._imported.name}.targets")
        question = Question(
            source=request.source,
            inputs=request.inputs,
            loss=request.loss,
            output=request.output,
            seed=request.seed,
        )
        try:
            facts = inspect(question, package=cast("TargetsModule", package))
        except TargetError as error:
            return refuse(error)
        save_arrays(Path(request.save_to), facts.state)
        return messages.Inspected(
            kind=facts.kind,
            inputs=facts.inputs,
            found_by=facts.found_by,
            outputs=facts.outputs,
            targets=facts.targets,
            loss=facts.loss,
            shapes={name: list(array.shape) for name, array in facts.state.items()},
            axes=facts.axes,
            trained=facts.trained,
            buffers=[
                n for n in facts.state if n not in {*facts.trained, *facts.frozen}
            ],
            frozen=facts.frozen,
            tied=facts.tied,
            is_random=facts.is_random,
            narrowed=facts.narrowed,
            flops=facts.flops,
            forward_s=facts.forward_s,
            length=facts.length,
        )

    @handle.register
    def read_folder(self, request: messages.ReadFolder) -> messages.Reply:
        """Import the workload of a user's folder, and save its data."""
        self._admit_modules()
        package = import_module(f"{self._imported.name}.targets")
        losses = list_losses(cast("TargetsModule", package))
        try:
            facts = read_workload(request.source, seed=request.seed, losses=losses)
        except TargetError as error:
            return refuse(error)
        save_arrays(Path(request.save_batches_to), facts.batches)
        save_arrays(Path(request.save_parameters_to), facts.parameters)
        return messages.FolderRead(
            sizes=dict(facts.sizes),
            loss=facts.loss,
            optimizer=facts.optimizer,
            inputs=facts.inputs,
            targets=facts.targets,
            flops_per_step=facts.flops_per_step,
            shapes={name: list(a.shape) for name, a in facts.parameters.items()},
            has_reference=facts.has_reference,
        )

    @handle.register
    def compute_reference(self, request: messages.ComputeReference) -> messages.Reply:
        """Evaluate the session as the reference of its workload."""
        return evaluating.compute_reference(
            self._session,
            self._workload,
            request,
            rounding=self._rounding(),
        )

    @handle.register
    def compute_in_numpy(self, request: messages.ComputeInNumpy) -> messages.Reply:
        """Compute the reference that the workload of a folder defines."""
        # Only these workers need the rules of references.
        from compare.workers import in_numpy  # noqa: PLC0415

        self._admit_modules()
        workload = workloads.build(workloads.TARGET, request.config)
        try:
            return in_numpy.compute_in_numpy(
                request, workload=cast("TargetWorkload", workload)
            )
        except TargetError as error:
            return refuse(error)

    @handle.register
    def try_sizes(self, request: messages.TrySizes) -> messages.Reply:
        """Run steps on batches of other sizes."""
        found = resizing.try_sizes(
            self._session,
            cast("TargetWorkload", self._workload),
            request,
            rounding=self._rounding(),
        )
        return messages.SizesTried(found=found)

    @handle.register
    def check_gradient(self, request: messages.CheckGradient) -> messages.Reply:
        """Compare derivatives of the loss with differences."""
        return evaluating.check_gradient(self._session, self._workload, request)

    @handle.register
    def train_epoch(self, request: messages.Epoch) -> messages.Reply:
        """Train one epoch and validate after it."""
        session, workload = self._session, self._workload
        if not workloads.is_trainable(workload):
            raise TypeError(f"workload {workload.model} defines no epochs")
        if request.epoch == 0:
            session.load(workload.parameters(self._dtype))
        folder = Path(request.save_in)
        losses = self._train(
            workload.batches(self._dtype, epoch=request.epoch), folder=folder
        )
        held_out = workload.validation(self._dtype)
        predicted = self._predict(session.place(held_out))
        metrics = workload.metrics(predicted[str(TensorKind.PREDICTION)], held_out)
        named = {name: np.asarray(value) for name, value in metrics.items()}
        save_arrays(
            folder / "validation.npz",
            {**predicted, **key_by_quantity(named, TensorKind.METRIC)},
        )
        return messages.EpochDone(
            train_loss=float(np.mean(losses)),
            valid_loss=metrics["loss"],
            valid_accuracy=metrics["accuracy"],
        )

    @handle.register
    def time_limit_kernel(self, request: messages.MeasurePeak) -> messages.Reply:
        """Time the kernel that comes closest to a limit of the machine."""
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

    @handle.register
    def profile_steps(self, request: messages.RecordProfile) -> messages.Reply:
        """Run steps under the framework's profiler."""
        batches = list(islice(self._batches, request.steps))
        self._taken += request.steps
        operations = self._session.profile(batches, save_to=request.save_to)
        return messages.Profiled(operations=operations)

    @handle.register
    def describe_session(self, _: messages.Describe) -> messages.Reply:
        """Report what was captured, and the peaks of memory."""
        # Read the peaks first: describing the graph may itself allocate memory.
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
            fell_back=graph.fell_back,
            control_flow=list(graph.control_flow),
            peak_rss_bytes=peak,
            peak_device_bytes=on_device,
            reserved_device_bytes=self._runtime.reserved_bytes(device=self._device),
        )

    @handle.register
    def find_breaks(self, _: messages.FindBreaks) -> messages.Reply:
        """Report where the mode leaves its graph or captures again."""
        batches = list(islice(self._batches, self._placed))  # the whole cycle
        return messages.Breaks(found=self._session.breaks(batches))

    @handle.register
    def take_graphs(self, request: messages.TakeGraphs) -> messages.Reply:
        """Save the graphs of a step: too large for a message."""
        graphs = self._session.graphs()
        Path(request.save_to).write_bytes(msgspec.json.encode(graphs))
        return messages.Done()

    @handle.register
    def run_lesson(self, request: messages.RunLesson) -> messages.Reply:
        """Run a lesson's program and save its arrays."""
        self._admit_modules()
        result = stopwatch.run_program(Path(request.path), name=request.name)
        save_arrays(Path(request.save_to), result.arrays)
        return messages.LessonRan(elapsed_ns=result.elapsed_ns, printed=result.printed)

    @handle.register
    def record_lesson(self, request: messages.RecordLesson) -> messages.Reply:
        """Save the graph of a lesson's program."""
        self._admit_modules()
        module = import_module(f"{self._imported.name}.lesson_graph")
        own = cast("LessonGraphModule", module)
        record = own.record_captured if request.captured else own.record_program
        graph = record(
            lambda: stopwatch.run_program(Path(request.path), name=request.name)
        )
        Path(request.save_to).write_bytes(msgspec.json.encode([graph]))
        return messages.Done()

    @handle.register
    def capture_lesson(self, request: messages.CaptureLesson) -> messages.Reply:
        """Run a lesson's program with its functions captured; save its arrays."""
        self._admit_modules()
        module = import_module(f"{self._imported.name}.lesson_capture")
        functions, result = cast("LessonCaptureModule", module).capture_program(
            lambda prepare: stopwatch.run_program(
                Path(request.path), name=request.name, prepare=prepare
            )
        )
        save_arrays(Path(request.save_to), result.arrays)
        return messages.LessonCaptured(functions=functions)

    @handle.register
    def observe_mistake(self, request: messages.Observe) -> messages.Reply:
        """Run a model with a mistake in one mode."""
        self._admit_modules()
        try:
            return observing.observe(
                Path(request.path),
                own=self._mistaken(),
                mode=request.mode,
                remedy=self._find_remedy(request.remedy),
            )
        except NotImplementedError as error:
            return messages.Unavailable(reason=str(error))

    @handle.register
    def time_remedy(self, request: messages.TimeRemedy) -> messages.Reply:
        """Time steps of a model, plainly and with a remedy."""
        self._admit_modules()
        return observing.time_remedy(
            request, own=self._mistaken(), remedy=self._find_remedy(request.remedy)
        )

    def _mistaken(self) -> MistakenModule:
        module = import_module(f"{self._imported.name}.mistaken")
        return cast("MistakenModule", module)

    def _find_remedy(self, name: str) -> observing.ApplyRemedy:
        if not name:
            return observing.apply_nothing
        module = import_module(f"{self._imported.name}.remedied")
        return cast("RemediedModule", module).APPLIED[name]

    @handle.register
    def load_parameters(self, request: messages.LoadParameters) -> messages.Reply:
        """Load parameters into the session."""
        self._session.load(load_arrays(Path(request.state)))
        return messages.Done()

    @handle.register
    def save_cases(self, request: messages.SaveCases) -> messages.Reply:
        """Save the inputs of the session's model."""
        batch = next(self._workload.batches(self._dtype))
        folders = deploying.save_cases(
            batch,
            self._session,
            own=self._exporting(),
            folders=list(map(Path, request.folders)),
        )
        return messages.CasesSaved(folders=list(map(str, folders)))

    @handle.register
    def expect_cases(self, request: messages.ExpectCases) -> messages.Reply:
        """Save the outputs of the float64 session, and bound their rounding."""
        self._session.load(load_arrays(Path(request.state)))
        return deploying.expect_cases(
            next(self._workload.batches(self._dtype)),
            self._session,
            request,
            own=self._exporting(),
            rounding=self._rounding(),
        )

    @handle.register
    def export_model(self, request: messages.Export) -> messages.Reply:
        """Write the session's model to a file."""
        export = self._exporting().EXPORTERS[request.format]
        try:
            with warnings.catch_warnings(record=True) as warned:
                warnings.simplefilter("always")
                names = export(self._deployed(), Path(request.path))
        except Exception as error:  # noqa: BLE001 - of an exporter, and a result
            return messages.Unavailable(reason=deploying.describe_refusal(error))
        return messages.Exported(
            inputs=list(names.inputs),
            outputs=list(names.outputs),
            warnings=deploying.list_warnings(warned),
        )

    @handle.register
    def time_calls(self, request: messages.TimeCalls) -> messages.Reply:
        """Time the session's model in inference mode."""
        model = self._deployed()
        elapsed_ns = self._exporting().time_calls(model, calls=request.calls)
        return messages.Elapsed(seconds=elapsed_ns / 1e9)

    @handle.register
    def trace_model(self, request: messages.TraceModel) -> messages.Reply:
        """Save what the operations of the session's model compute."""
        arithmetic = deploying.choose_arithmetic(request, rounding=self._rounding())
        model = self._deployed()
        with arithmetic:
            nodes = self._exporting().trace_model(model)
        deploying.save_nodes(Path(request.save_to), nodes)
        return messages.Done()

    @handle.register
    def trace_export(self, request: messages.TraceExport) -> messages.Reply:
        """Save what the nodes of an exported model compute."""
        inputs = read_inputs(Path(request.case))
        path = Path(request.path)
        try:
            nodes = self._exporting().trace_export(request.format, path, inputs)
        except NotImplementedError as error:
            return messages.Unavailable(reason=str(error))
        deploying.save_nodes(Path(request.save_to), nodes)
        return messages.Done()

    def _deployed(self) -> DeployedModel:
        """Return the session's model with the first batch."""
        batch = next(self._workload.batches(self._dtype))
        return self._session.deployed(self._session.place(batch))

    def _rounding(self) -> RoundingModule:
        module = import_module(f"{self._imported.name}.rounding")
        return cast("RoundingModule", module)

    def _exporting(self) -> ExportingModule:
        module = import_module(f"{self._imported.name}.exporting")
        return cast("ExportingModule", module)

    def is_refusal(self, request: messages.Request | None) -> bool:
        """Return whether an exception means that a mode cannot run a user's model.

        The model itself was run when it was inspected.
        """
        is_first_use = isinstance(
            request, messages.Prepare | messages.TakeSnapshot | messages.FirstCall
        )
        workload = getattr(self, "_workload", None)
        return is_first_use and isinstance(workload, TargetWorkload)

    def refuse_capture(self, error: Exception) -> messages.Reply:
        """Return the reply to a request for which a mode did not capture a model."""
        described = describe_failure(Stage.CAPTURE, error)
        module = import_module(f"{self._imported.name}.breaks")
        refusal = cast("BreaksModule", module).describe_refusal(error)
        return messages.Unavailable(reason=described.sentence, refusal=refusal)

    def _admit_modules(self) -> None:
        """Let user code import the modules that the framework should not."""
        others = other_frameworks(self._imported.framework)
        self._imported.hidden.names = frozenset(others)

    def _choose_session(self, replicas: int) -> Callable[..., Session]:
        """Return what builds a session of this workload."""
        if replicas > 1:
            own = self._replicas_module()
            return partial(own.ReplicatedSession, replicas=replicas)
        name = "session"
        if isinstance(self._workload, TargetWorkload):
            self._admit_modules()
            name = "target_session"
        module = import_module(f"{self._imported.name}.{name}")
        return cast("SessionModule", module).Session

    def _replicas_module(self) -> ReplicasModule:
        module = import_module(f"{self._imported.name}.replicas")
        return cast("ReplicasModule", module)

    def time_steps(self, count: int) -> int:
        """Run consecutive steps, wait for the last one, and return the time in ns."""
        start = perf_counter_ns()
        self._run_steps(count)
        self._session.synchronize()
        return perf_counter_ns() - start

    def _train(self, batches: Iterator[Batch], *, folder: Path) -> list[Array]:
        """Run a step per batch, return the losses, and save the last step."""
        losses: list[Array] = []
        following = next(batches, None)
        while following is not None:
            batch, following = self._session.place(following), next(batches, None)
            if following is None:
                save_arrays(folder / "before.npz", self._session.parameters())
            losses.append(self._session.read_loss(self._session.step(batch)))
        last = kept.collect_quantities(losses[-1], self._session.parameters())
        save_arrays(folder / "last.npz", last)
        return losses

    def _predict(self, batch: PlacedBatch) -> Arrays:
        """Return the model's outputs and the parameters, named as in tables."""
        outputs = self._session.predict(batch)
        return {
            str(TensorKind.PREDICTION): outputs,
            **key_by_quantity(self._session.parameters(), TensorKind.PARAMETER),
        }

    def _run_steps(self, count: int) -> PlacedLoss:
        """Run at least one step, without waiting, and return the last loss."""
        step = self._session.step
        self._taken += count
        self._calls += count
        # No loss but the last one is kept, because that would use memory.
        for batch in islice(self._batches, count - 1):
            step(batch)
        return step(next(self._batches))

    def _load_state(self, state: str, *, step: int) -> PlacedBatch:
        """Load a saved state into the session; return the batch of this step."""
        self._session.load(load_arrays(Path(state)))
        batches = workloads.stream(self._workload, dtype=self._dtype)
        return self._session.place(next(islice(batches, step, None)))


def refuse(error: TargetError) -> messages.Refused:
    """Return why a user's model or workload cannot be used."""
    return messages.Refused(
        stage=error.stage,
        reason=error.reason,
        file=error.file,
        line=error.line,
        advice=error.advice,
    )


def take_batches(workload: Workload, *, dtype: Dtype) -> list[Batch]:
    """Return the batches to keep ready: more of them if their structures differ.

    A workload whose batches have one structure keeps fewer, because they take memory.
    """
    first_epoch = workload.batches(dtype)
    batches = list(islice(first_epoch, PLACED_BATCHES))
    if find_cycle(batches) > 1:
        batches += islice(first_epoch, MOST_PLACED_BATCHES - len(batches))
    return batches


def find_cycle(batches: Sequence[Batch]) -> int:
    """Return after how many steps structures of batches repeat; 1 if all are equal."""
    structures = {describe_structure(batch) for batch in batches}
    return len(batches) if len(structures) > 1 else 1


def describe_structure(batch: Batch) -> tuple[object, ...]:
    """Return what a graph of a batch may depend on: shapes, and a program or a tree.

    An array that belongs to the whole batch describes its structure by its values.
    Users' own models have no such array: their names start with the part.
    """
    return tuple(
        (name, array.shape, b"" if is_per_sample(name) else array.tobytes())
        for name, array in batch.items()
    )


def is_per_sample(name: str) -> bool:
    """Return whether an array of a batch has one row per sample."""
    return name.partition(".")[0] in workloads.SAMPLED


def save_exposed(arrays: Arrays | None, *, save_to: str) -> messages.Reply:
    """Save the intermediate results of a mode, if it exposes them."""
    if arrays is None:
        reason = "this mode does not expose its intermediate results"
        return messages.Unavailable(reason=reason)
    save_arrays(Path(save_to), arrays)
    return messages.Done()


def slept_ns() -> int:
    """Return how long the machine was suspended since boot; 0 if unknown."""
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return 0
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) - time.monotonic_ns()


def main() -> None:
    """Serve the requests of a process that was started for them."""
    requests, replies = (int(end) for end in sys.argv[1:3])
    serve(RequestHandler(), requests=requests, replies=replies)


def serve(handler: RequestHandler, *, requests: int, replies: int) -> None:
    """Handle requests until the parent closes its end of the pipe."""
    end_with_parent(requests)
    with os.fdopen(requests, "rb") as incoming, os.fdopen(replies, "wb") as outgoing:
        while (request := framing.read_message(incoming)) is not None:
            outgoing.write(reply_to(request, handler=handler))
            outgoing.flush()


def reply_to(request: bytes, *, handler: RequestHandler) -> bytes:
    """Return the encoded reply; `Failed` if the request raised an exception."""
    decoded = None
    try:
        decoded = framing.decode_request(request)
        return framing.encode(handler.handle(decoded))
    except Exception as error:  # noqa: BLE001 - the parent decides what follows
        if handler.is_refusal(decoded):
            return framing.encode(handler.refuse_capture(error))
        text = f"{type(error).__name__}: {error}"
        failed = messages.Failed(
            error=_limit_text(text, limit=ERROR_CHARACTERS),
            detail=_limit_text(traceback.format_exc(), limit=DETAIL_CHARACTERS),
        )
        return framing.encode(failed)


def _limit_text(text: str, *, limit: int) -> str:
    """Return a text that a message can hold: short, and valid Unicode."""
    return shorten(text, limit=limit).encode(errors="replace").decode()


if __name__ == "__main__":
    main()
