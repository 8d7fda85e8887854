"""The protocol between parent and worker: the types of its messages.

Every request has one reply: of the type that its docstring names, or `Failed`. Arrays
are never part of a message; they are in ``.npz`` files that the message names. A reply
with a number out of its range is invalid. `framing` defines how messages are encoded.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from compare.contract import (  # noqa: TC001 - msgspec reads the annotations
    Captures,
    Device,
    Dtype,
    FunctionCapture,
    GraphBreak,
    Idiom,
    Limit,
    Naming,
    Operation,
    Optimizer,
)
from compare.runs.words import Check  # noqa: TC001
from compare.targets.loading import Stage  # noqa: TC001
from compare.workloads.target import (  # noqa: TC001
    ArraySpec,
    Size,
    Source,
)

MAX_S = 1e7  # four months: no measured time is longer
MAX_NS = 10**16

Seconds = Annotated[float, Meta(ge=0, le=MAX_S)]
PositiveSeconds = Annotated[float, Meta(gt=0, le=MAX_S)]
StepNanoseconds = Annotated[float, Meta(ge=1, le=MAX_NS)]
Nanoseconds = Annotated[int, Meta(ge=-MAX_NS, le=MAX_NS)]  # clocks may go backwards
PositiveNanoseconds = Annotated[int, Meta(gt=0, le=MAX_NS)]
ClockNanoseconds = Annotated[int, Meta(ge=0, le=2**62)]
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Replicas = Annotated[int, Meta(ge=1, le=4096)]
Bytes = Annotated[int, Meta(ge=0, le=2**62)]


class Message(msgspec.Struct, kw_only=True, tag=True, forbid_unknown_fields=True):
    """Base of every message."""


class Hello(Message):
    """Set processors and threads, import the framework -> Ready."""

    package: str
    framework: str
    threads: int
    cores: list[int]
    replicas: Replicas = 1  # that its sessions may have


class Ready(Message):
    """The framework is imported."""

    import_s: Seconds
    peak_rss_bytes: Bytes
    versions: dict[str, str]
    settings: dict[str, str]


class Prepare(Message):
    """Build a session, which replaces any earlier one -> Prepared or Unavailable."""

    workload: str
    config: dict[str, Any]
    mode: str
    device: Device
    dtype: Dtype
    replicas: Replicas = 1  # that share each batch


class Prepared(Message):
    """The session is built; no step has run."""

    prepare_s: Seconds
    # After this many steps, the structures of batches repeat: 1 if all are the same.
    cycle: Annotated[int, Meta(ge=1)] = 1


class Unavailable(Message):
    """The request cannot be carried out here. This is a result, not an error."""

    reason: str
    refusal: GraphBreak | None = None  # the user's code that a mode refused


class FirstCall(Message):
    """Run the first training steps and wait for them -> Elapsed."""

    steps: Annotated[int, Meta(ge=1)] = 1  # one per shape of batches


class Elapsed(Message):
    """The time that the requested work took."""

    seconds: PositiveSeconds


class WarmUp(Message):
    """Run at least this many steps for at least this long -> Warm."""

    steps: int
    seconds: float


class Warm(Message):
    """Approximate time of a step; captures and peak memory so far.

    Peak memory is reset afterwards: later peaks cover what follows.
    """

    step_ns: StepNanoseconds
    captures_count: Count
    peak_rss_bytes: Bytes
    peak_device_bytes: Bytes | None


class Block(Message):
    """Run the lead-in, then time consecutive steps together -> Sample.

    A kept block starts from the initial parameters, and its results are kept.
    """

    lead_in: int
    steps: int
    keep: bool = False


class Sample(Message):
    """The time of one block, by the monotonic clock that all processes share.

    Three fields decide whether the block is valid: processor time, the time that the
    machine was suspended, and captures made within the block. The sentinel ran before
    the lead-in and after the block.
    """

    started_ns: ClockNanoseconds
    duration_ns: Nanoseconds
    device_ns: Nanoseconds | None  # by the device's own clock
    busy_ns: Nanoseconds
    slept_ns: Nanoseconds
    recaptures: Count
    sentinel_ns: PositiveNanoseconds


class TakeKept(Message):
    """Save the last loss and the parameters of the kept block -> Kept."""

    save_to: str


class ReadTimes(Message):
    """How long two readings of the parameters took directly after a block."""

    block_ns: Nanoseconds
    first_ns: Nanoseconds
    second_ns: Nanoseconds


class Kept(Message):
    """The results are saved. If the first reading was slow, it was tried again."""

    reads: list[ReadTimes]  # one per try


class RepeatKept(Message):
    """Run the kept block's steps one by one and save the same results -> Done.

    The batches are placed again, and each loss is read before the next step.
    """

    save_to: str


class RunFirst(Message):
    """Run the first training steps without waiting between them -> Done.

    Saves the last loss and the parameters.
    """

    steps: int
    save_to: str


class TakeSnapshot(Message):
    """Load parameters, run training step `step`, save its snapshot -> Done."""

    state: str
    step: int
    save_to: str


class TakeActivations(Message):
    """Load parameters, save each layer's output in step `step` -> Done or Unavailable.

    Unavailable if the mode does not expose them.
    """

    state: str
    step: int
    save_to: str


class TakeOperations(Message):
    """Save the results of a few single operations -> Done or Unavailable."""

    operands: str
    save_to: str


class RunTrajectory(Message):
    """Load parameters, run `steps` steps, save each as ``STEP.npz`` -> Done.

    Before each step in `restarts`, the parameters are set to a saved state; the
    optimizer keeps its own.
    """

    state: str
    steps: int
    save_in: str
    restarts: dict[int, str] = {}


class Predict(Message):
    """Load parameters and save the model's outputs for the batch of a step -> Done.

    The file also contains the parameters afterwards, which must not have changed.
    """

    state: str
    step: int
    save_to: str


class Inspect(Message):
    """Build a user's model, find what was not stated -> Inspected or Refused.

    Saves the initial parameters and buffers.
    """

    source: Source
    inputs: list[ArraySpec]  # empty: to be found
    save_to: str
    loss: str = ""
    output: str = ""
    seed: int = 0


class Inspected(Message):
    """What a user's model is."""

    kind: str  # the base class by which it was recognised
    inputs: list[ArraySpec]
    found_by: str  # how the inputs were found; empty if they were given
    outputs: list[ArraySpec]
    targets: list[ArraySpec]
    loss: str
    shapes: dict[str, list[int]]  # of parameters and buffers, in their order
    axes: dict[str, list[int]]  # permute parameters into the canonical order
    trained: list[str]
    buffers: list[str]
    frozen: list[str]  # parameters that are not trained
    tied: list[str]  # further names of a parameter
    is_random: bool  # repeated forward passes differ
    narrowed: list[str]  # what does not follow when the model is widened
    flops: Annotated[float, Meta(ge=0)]  # of the forward pass; 0 if unknown
    forward_s: PositiveSeconds
    length: Count  # of sequences; 0 unless it takes other lengths, too


class ReadFolder(Message):
    """Import the workload of a user's folder -> FolderRead or Refused.

    Saves its batches and, if it defines them, its initial parameters.
    """

    source: Source
    seed: int
    save_batches_to: str
    save_parameters_to: str


class FolderRead(Message):
    """What the workload of a user's folder defines."""

    sizes: dict[str, Any]
    loss: str
    optimizer: Optimizer
    inputs: list[ArraySpec]
    targets: list[ArraySpec]
    flops_per_step: Annotated[float, Meta(ge=0)]
    shapes: dict[str, list[int]]  # of initial parameters; empty without
    has_reference: bool


class Refused(Message):
    """A user's model cannot be used. This is a result, not an error."""

    stage: Stage
    reason: str
    file: str = ""
    line: Count = 0
    advice: str = ""


class ComputeReference(Message):
    """Evaluate steps of the session and bound their rounding -> Referenced.

    The session is eager and in float64. Its steps run from the initial parameters, once
    as they are and once per trial with the result of every operation moved by its own
    rounding. After every `restart` steps the parameters are rounded to `dtype` and
    saved; the steps in `states` are also evaluated alone.
    """

    dtype: Dtype
    steps: int
    restart: int
    states: list[int]
    trials: int
    seconds: float  # no further trial after this time
    save_in: str


class ComputeInNumpy(Message):
    """Compute the reference that a user's folder defines -> InNumpy or Refused.

    `config` is that of the staged workload.
    """

    source: Source
    config: dict[str, Any]
    dtype: Dtype
    steps: int
    save_in: str


class ExpectedStep(msgspec.Struct, kw_only=True):
    """A `compare.reference.expectation.Expected`: a result and its tolerances."""

    check: Check
    step: Count
    state: str
    arrays: str
    tolerance: dict[str, float]
    floor: dict[str, float]
    restarts: dict[int, str]


class InNumpy(Message):
    """The expected results, in the order of the checks."""

    expected: list[ExpectedStep]


class ReferencedStep(msgspec.Struct, kw_only=True):
    """One evaluated step: the largest deviation of each tensor in any trial."""

    alone: bool
    step: Count
    deviations: dict[str, float]
    floors: dict[str, float]  # the smallest over the trials


class Referenced(Message):
    """The tensors are saved as ``alone-STEP.npz`` and ``STEP.npz``."""

    steps: list[ReferencedStep]
    trials: Count


class TrySizes(Message):
    """Run steps on batches of other sizes -> SizesTried.

    Every size starts from the initial parameters. With trials, the results of every
    operation are moved as in `ComputeReference`.
    """

    sizes: list[Size]
    dtype: Dtype
    trials: int = 0
    seconds: Seconds = MAX_S  # no further size after this time


class SizeTried(msgspec.Struct, kw_only=True):
    """The first step on a batch of another size, and a later one."""

    reason: str = ""  # why it has no result
    loss: float = 0.0
    deviation: float = 0.0  # the largest of the loss in any trial
    captures: Count = 0  # made by the first step
    first_s: Seconds = 0.0
    step_s: Seconds = 0.0


class SizesTried(Message):
    """One result per size."""

    found: list[SizeTried]


class CheckGradient(Message):
    """Compare derivatives along random directions with differences -> Derivatives."""

    dtype: Dtype  # whose initial parameters are used
    directions: int
    seed: int


class Derivative(msgspec.Struct, kw_only=True):
    """One directional derivative of the loss, from gradients and from differences."""

    computed: float
    differences: float
    uncertainty: float  # of the differences
    tensor: str = ""  # the only parameter that is moved; empty: all


class Derivatives(Message):
    """One derivative per direction; also per parameter if one is clearly wrong."""

    found: list[Derivative]


class Epoch(Message):
    """Train one epoch; epoch 0 starts from the initial parameters -> EpochDone.

    Saves three files in `save_in`: the parameters before the last step, ``before.npz``;
    its loss and the parameters after it, ``last.npz``; and the outputs for the
    validation data with their metrics, ``validation.npz``.
    """

    epoch: int
    save_in: str


class EpochDone(Message):
    """The mean loss over the epoch, and the validation metrics after it.

    They are not finite if the training diverges.
    """

    train_loss: float
    valid_loss: float
    valid_accuracy: float


class MeasurePeak(Message):
    """Time the kernel that comes closest to a limit -> Elapsed, the shortest time."""

    limit: Limit
    size: int  # rows of the matrix, or elements of an array
    dtype: Dtype
    device: Device
    repeats: int
    seconds: float  # no further repeat after this time


class RecordProfile(Message):
    """Run steps under the framework's profiler, save its trace -> Profiled."""

    steps: int
    save_to: str


class Profiled(Message):
    """Calls and self time of each operation, summed over all steps."""

    operations: list[Operation]


class Describe(Message):
    """Report what the session captured and used -> Description."""


class Description(Message):
    """`GraphReport` without its text, and peak memory since the warm-up."""

    captures: Captures
    captures_count: Count
    graph_breaks: Count | None
    nodes: Count | None
    nodes_optimized: Count | None
    kernels: Count | None
    peak_rss_bytes: Bytes
    peak_device_bytes: Bytes | None
    reserved_device_bytes: Bytes | None
    fell_back: bool = False
    control_flow: list[Idiom] = []


class FindBreaks(Message):
    """Find out where the session's mode leaves its graph or captures again -> Breaks.

    Runs the batches of timed steps once. The session may have to capture again
    afterwards.
    """


class Breaks(Message):
    """The places, with reasons and hints."""

    found: list[GraphBreak]


class TakeGraphs(Message):
    """Save the graphs of one step as JSON, a list of `CapturedGraph` -> Done.

    The session may have to capture again afterwards.
    """

    save_to: str


class RunLesson(Message):
    """Run a lesson's program, save its arrays -> LessonRan. Needs no session."""

    name: str  # of the module under which the program runs
    path: str
    save_to: str


class RecordLesson(Message):
    """Run a lesson's program until it computes gradients, save its graph -> Done.

    The file has the format of `TakeGraphs`. Needs no session.
    """

    name: str  # of the module under which the program runs
    path: str
    save_to: str
    captured: bool = False  # the program captures graphs: save the largest of these


class CaptureLesson(Message):
    """Run a lesson's program with its functions captured -> LessonCaptured.

    The arrays are saved. Needs no session.
    """

    name: str  # of the module under which the program runs
    path: str
    save_to: str


class Observe(Message):
    """Run a model with a mistake in a mode -> Observed or Unavailable.

    Needs no session.
    """

    path: str
    mode: str
    remedy: str = ""  # the name of one that is applied


class TimeRemedy(Message):
    """Time steps of a model, plainly and with a remedy in turn -> RemedyTimed.

    Needs no session.
    """

    path: str
    mode: str
    remedy: str
    rounds: int
    seconds: float  # of a block


class RemedyTimed(Message):
    """The duration of a step in each round."""

    plain_ns: list[float]
    remedied_ns: list[float]


class Observed(Message):
    """How a mistake showed."""

    step: Count | None  # that raised an exception; 0 when the step was defined
    error: str  # type and message of the exception
    naming: Naming
    frames: Count  # of the stack, between the call of the step and the fault
    losses: list[float | None]  # of each step; None if it is not finite
    effects: Count  # side effects: lines printed, entries, stops in the debugger
    printed: str


class LoadParameters(Message):
    """Load parameters from a file into the session -> Done."""

    state: str


class SaveCases(Message):
    """Save the model's inputs for two sizes of batches -> CasesSaved.

    Each folder gets ``input_0.npy`` and so on: the first those of a whole batch, the
    second those of half of it, if its arrays can be divided.
    """

    folders: list[str]


class CasesSaved(Message):
    """Which folders have inputs."""

    folders: list[str]


class ExpectCases(Message):
    """Save the outputs of an eager float64 session -> CasesExpected.

    ``expected.npz`` in each folder of a case gets them, by number.
    """

    state: str
    folders: list[str]
    dtype: Dtype  # of the exported models
    trials: int


class CasesExpected(Message):
    """How far rounding moved each output in the trials, for each case."""

    deviations: list[list[float]]


class Export(Message):
    """Write the session's model in a format -> Exported or Unavailable."""

    format: str
    path: str


class Exported(Message):
    """The file is written. The names are those of `ExportedNames`.

    Attributes:
        inputs: names of the inputs.
        outputs: names of the outputs.
        warnings: of the exporter about the model's code, each with file and line.
    """

    inputs: list[str]
    outputs: list[str]
    warnings: list[str] = []


class TimeCalls(Message):
    """Run the session's model in inference mode, eagerly -> Elapsed."""

    calls: int


class TraceModel(Message):
    """Save what each operation of the eager model computes -> Done.

    With a seed, each result is moved by its own rounding in a dtype.
    """

    save_to: str
    dtype: Dtype
    seed: int | None = None


class TraceExport(Message):
    """Save what each node of an exported model computes -> Done or Unavailable.

    The inputs are those of a case.
    """

    save_to: str
    case: str
    format: str
    path: str


class LessonRan(Message):
    """The lesson's arrays are saved."""

    elapsed_ns: dict[str, Nanoseconds]  # by step
    printed: dict[str, str]  # by step


class LessonCaptured(Message):
    """The lesson's arrays are saved."""

    functions: list[FunctionCapture]


class Done(Message):
    """The request is carried out and its files are written."""


class Failed(Message):
    """The request raised an exception; `detail` is the traceback."""

    error: str
    detail: str


Request = (
    Hello
    | Prepare
    | FirstCall
    | WarmUp
    | Block
    | TakeKept
    | RepeatKept
    | RunFirst
    | TakeSnapshot
    | TakeActivations
    | TakeOperations
    | RunTrajectory
    | Predict
    | Inspect
    | ReadFolder
    | ComputeReference
    | ComputeInNumpy
    | TrySizes
    | CheckGradient
    | Epoch
    | MeasurePeak
    | RecordProfile
    | Describe
    | FindBreaks
    | TakeGraphs
    | RunLesson
    | RecordLesson
    | CaptureLesson
    | Observe
    | TimeRemedy
    | LoadParameters
    | SaveCases
    | ExpectCases
    | Export
    | TimeCalls
    | TraceModel
    | TraceExport
)
Reply = (
    Ready
    | Prepared
    | Unavailable
    | Elapsed
    | Warm
    | Sample
    | Kept
    | Inspected
    | FolderRead
    | Refused
    | Referenced
    | InNumpy
    | SizesTried
    | Derivatives
    | EpochDone
    | Profiled
    | Description
    | Breaks
    | LessonRan
    | LessonCaptured
    | Observed
    | RemedyTimed
    | CasesSaved
    | CasesExpected
    | Exported
    | Done
    | Failed
)
