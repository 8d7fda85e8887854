"""What parent and worker say to each other: one JSON object a line, each of a type.

Every request has one reply, of the type named beside it, or `Failed`. Arrays never
travel in a message but in ``.npz`` files that it names.
"""

from __future__ import annotations

from typing import Any

import msgspec

from compare.contract import Limit, Operation  # noqa: TC001 - msgspec reads them


class Message(msgspec.Struct, kw_only=True, tag=True, forbid_unknown_fields=True):
    """Base of every message."""


class Hello(Message):
    """Take these cores and threads, import the framework -> Ready."""

    package: str
    threads: int
    cores: list[int]


class Ready(Message):
    """The framework is imported."""

    import_s: float
    peak_rss_bytes: int
    versions: dict[str, str]
    settings: dict[str, str]


class Prepare(Message):
    """Build a session in place of any earlier one -> Prepared or Missing."""

    workload: str
    config: dict[str, Any]
    mode: str
    device: str
    dtype: str


class Prepared(Message):
    """The session is built; no step has run."""

    prepare_s: float


class Missing(Message):
    """The cell cannot run here: a result, not an error."""

    reason: str


class FirstCall(Message):
    """Run the first training step, waited for -> Elapsed."""


class Elapsed(Message):
    """What was asked took this long."""

    seconds: float


class WarmUp(Message):
    """Step at least so often and so long -> Warm."""

    steps: int
    seconds: float


class Warm(Message):
    """About how long a step takes now; captures and peak memory so far.

    The next peaks are those of what follows.
    """

    step_ns: float
    captures_count: int
    peak_rss_bytes: int
    peak_device_bytes: int | None


class Block(Message):
    """Lead in, then time consecutive steps as one -> Sample."""

    lead_in: int
    steps: int


class Sample(Message):
    """One block's time, by the monotonic clock that all processes share.

    And what tells whether it counts: processor time used, time the machine slept,
    captures made.
    """

    started_ns: int
    duration_ns: int
    device_ns: int | None  # by the device's own clock
    busy_ns: int
    slept_ns: int
    recaptures: int


class TakeSnapshot(Message):
    """Load parameters, take training step `step`, save what it computed -> Done."""

    state: str
    step: int
    save_to: str


class TakeActivations(Message):
    """Load parameters, save every layer's output for step `step` -> Done or Missing."""

    state: str
    step: int
    save_to: str


class TakeOperations(Message):
    """Save what a few operations give for these operands -> Done or Missing."""

    operands: str
    save_to: str


class Trajectory(Message):
    """Load parameters, run freely, save each step as ``STEP.npz`` -> Done."""

    state: str
    steps: int
    save_in: str


class Epoch(Message):
    """Train one epoch; the first starts from the initial parameters -> Learned."""

    epoch: int


class Learned(Message):
    """The mean loss over the epoch, and the validation metrics after it."""

    train_loss: float
    valid_loss: float
    valid_accuracy: float


class Reach(Message):
    """Time the kernel that comes nearest to a limit -> Elapsed, the shortest."""

    limit: Limit
    size: int  # a row of the matrix, or the elements of an array
    dtype: str
    device: str
    repeats: int
    seconds: float  # repeated no more after so long


class Profile(Message):
    """Take steps under the framework's own profiler, save its trace -> Profiled."""

    steps: int
    save_to: str


class Profiled(Message):
    """What each operation took, over all the steps."""

    operations: list[Operation]


class Describe(Message):
    """Say what the session captured and used -> Description."""


class Description(Message):
    """`GraphReport` less its text, and peak memory since the warm-up."""

    captures: str
    captures_count: int
    graph_breaks: int | None
    nodes: int | None
    nodes_optimized: int | None
    kernels: int | None
    peak_rss_bytes: int
    peak_device_bytes: int | None
    reserved_device_bytes: int | None


class RunLesson(Message):
    """Run a lesson's program, save its arrays -> LessonRan. Needs no session."""

    name: str  # of the module that it becomes
    path: str
    save_to: str


class LessonRan(Message):
    """Its arrays are saved."""

    elapsed_ns: dict[str, int]  # by step
    printed: str


class Done(Message):
    """What was asked is done, its files are written."""


class Failed(Message):
    """The request raised; `detail` is the traceback."""

    error: str
    detail: str


Request = (
    Hello
    | Prepare
    | FirstCall
    | WarmUp
    | Block
    | TakeSnapshot
    | TakeActivations
    | TakeOperations
    | Trajectory
    | Epoch
    | Reach
    | Profile
    | Describe
    | RunLesson
)
Reply = (
    Ready
    | Prepared
    | Missing
    | Elapsed
    | Warm
    | Sample
    | Learned
    | Profiled
    | Description
    | LessonRan
    | Done
    | Failed
)
