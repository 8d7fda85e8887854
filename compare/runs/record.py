"""The contents of ``run.json``: the request, the environment, the cells, the starts.

Imports no pandas, so that commands which only list or plan stay fast.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from compare.contract import (
    BreakCause,
    BreakKind,
    Captures,
    Device,
    Dtype,
    Family,
    Idiom,
)
from compare.runs.ranges import (
    RANGES,
    require_different,
    require_in_range,
    require_name,
    require_one_of,
    require_variant,
)
from compare.runs.words import CaptureVerdict, FixOutcome, NoteKind, Status

SCHEMA_VERSION = 7
CONTROL = "control"

Key = tuple[str, ...]
KEY = ("workload", "framework", "mode", "device", "dtype")


class Record(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Base class of the parts of ``run.json``. Unknown fields are refused.

    A ``__post_init__`` that raises ValueError refuses a value; msgspec adds its place.
    """


class WorkloadRequest(Record):
    """One ``[[workload]]`` of a suite: a configured workload and its label."""

    label: str
    name: str
    config: dict[str, Any] = msgspec.field(default_factory=dict)
    swept: str = ""  # the label of the workload that this is one point of
    grid: list[str] = msgspec.field(default_factory=list)  # the two sizes of its sweep

    def __post_init__(self) -> None:
        """Check that files can be named after the label."""
        require_name("label", self.label)

    @property
    def values(self) -> dict[str, Any]:
        """What is configured; of a user's folder, the fields of its own workload."""
        return {**self.config, **self.config.get("settings", {})}


class Installation(Record):
    """An installation of a framework that a run uses."""

    python: str = ""  # its interpreter; empty: the one that starts the run
    # Folders that its workers search first, before the current one.
    search: list[str] = msgspec.field(default_factory=list)
    versions: dict[str, str] = msgspec.field(default_factory=dict)
    reason: str = ""  # why it cannot be used; its cells are not run

    @property
    def text(self) -> str:
        """The versions as text."""
        return ", ".join(f"{name} {version}" for name, version in self.versions.items())


class Request(Record):
    """The request of a run, with everything needed to repeat or resume it."""

    suite: str
    workloads: list[WorkloadRequest]
    variants: list[str]
    named: bool  # variants, devices or dtypes were requested by name
    devices: list[Device]
    dtypes: list[Dtype]  # exactly one device and one dtype if steps are timed
    threads: int
    seed: int
    launches: int  # 0: agreement only
    rounds: int
    block_s: float
    trajectory_steps: int
    time_limit_s: float
    margin: float  # around 1: step times are equivalent
    repeats: int = 0  # of disturbed launches, at most
    budget_s: float | None = None  # for starts and measurements of all workloads
    precision: float | None = None  # half width of an interval at which to stop
    sizes: dict[str, str] = msgspec.field(default_factory=dict)  # as typed
    swept_size: str = ""  # that differs between the points of a sweep
    crossed_sizes: list[str] = msgspec.field(default_factory=list)  # two, by --sweep
    profile: bool = False  # after timing
    graphs: bool = False  # after timing
    fresh: bool = False  # compute everything, whatever earlier runs stored
    repeats_steps: bool = True  # first steps are repeated in other processes
    cold_starts: bool = True  # are measured of modes that need a compiler
    command: str = ""  # that makes this request, if it is neither run nor agree
    fixes: bool = False  # graph breaks are fixed in copies, and the fixes timed
    # framework -> its installation, of those that are named
    installations: dict[str, Installation] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check names and ranges; none of the lists may be empty."""
        for field, allowed in RANGES.items():
            require_in_range(field, getattr(self, field), allowed=allowed)
        for field in ("workloads", "variants", "devices", "dtypes"):
            if not getattr(self, field):
                raise ValueError(f"{field}: expected at least one; received none")
        for variant in self.variants:
            require_variant("variants", variant)
        require_different(
            "label for each workload", (each.label for each in self.workloads)
        )

    @property
    def device(self) -> Device:
        """The device of the timed cells."""
        return self.devices[0]

    @property
    def dtype(self) -> Dtype:
        """The dtype of the timed cells."""
        return self.dtypes[0]


class Cell(Record):
    """One row of a report: workload x variant x device x dtype."""

    workload: str
    framework: str
    mode: str
    device: Device
    dtype: Dtype
    family: Family
    captures: Captures  # as declared until a session ran, then as measured
    declared: Captures = Captures.NONE  # by the mode
    capture_verdict: CaptureVerdict = CaptureVerdict.NOT_MEASURED
    graph_breaks: int | None = None
    kernels: int | None = None  # generated by a compiler
    control_flow: list[Idiom] = []  # of all graphs that were described
    status: Status = Status.PENDING
    reason: str = ""  # why the cell has no result
    disagreement: str = ""  # the first difference and its cause, as a sentence

    @property
    def variant(self) -> str:
        """``framework/mode``."""
        return f"{self.framework}/{self.mode}"

    @property
    def key(self) -> dict[str, Any]:
        """The columns that identify the cell in every table."""
        return {name: getattr(self, name) for name in KEY}

    @property
    def key_values(self) -> Key:
        """The values of `key`, in the order of `KEY`."""
        return tuple(self.key.values())


class BreakFacts(Record):
    """Where a mode left its graph, captured again, or refused the code."""

    reason: str
    kind: BreakKind = BreakKind.BREAK
    cause: BreakCause = BreakCause.UNKNOWN
    file: str = ""
    line: int = 0
    hint: str = ""
    argument: str = ""  # of a recapture: what changed


class SizeFacts(Record):
    """A step of a user's model on batches of another size."""

    size: int  # examples
    length: int = 0  # of each, if they are sequences
    reason: str = ""  # why it has no result
    agrees: bool | None = None  # None: not compared
    error: float = 0.0  # of the loss
    tolerance: float = 0.0
    captures: int = 0
    first_s: float = 0.0
    step_s: float = 0.0

    @property
    def text(self) -> str:
        """The size as examples x length, as inputs are stated."""
        return f"{self.size}x{self.length}" if self.length else str(self.size)


class Examined(Record):
    """What was examined of a user's model in one mode, in addition to the checks."""

    workload: str
    framework: str
    mode: str
    breaks: list[BreakFacts]
    sizes: list[SizeFacts]

    @property
    def variant(self) -> str:
        """``framework/mode``."""
        return f"{self.framework}/{self.mode}"


class FixFacts(Record):
    """The attempt to fix one graph break of a user's model mechanically.

    Ratios are step times of the fixed copy to those of the original, from the same
    rounds, each with its 95% interval over launches. They are ``None`` if not measured.
    """

    workload: str
    framework: str
    mode: str  # in which the break was fixed and the step was timed
    file: str
    line: int
    reason: str  # of the break
    outcome: FixOutcome
    rules: list[str] = msgspec.field(default_factory=list)  # as applied, in order
    changes: str = ""  # what the fix may change besides speed
    explanation: str = ""  # of another outcome than "works"
    diff: str = ""
    copy: str = ""  # the fixed file, in the folder of the run
    other_mode: str = ""  # the variant that is the fix; the source is unchanged
    compared_with: str = ""  # the variant in which the original was timed
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None

    @property
    def variant(self) -> str:
        """``framework/mode``."""
        return f"{self.framework}/{self.mode}"


class JointFixFacts(Record):
    """All working fixes of a mode together, against the original."""

    workload: str
    framework: str
    mode: str
    count: int  # of fixes
    outcome: FixOutcome
    explanation: str = ""
    copy: str = ""
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    # A second process of the original, against the original.
    control_ratio: float | None = None

    @property
    def variant(self) -> str:
        """``framework/mode``."""
        return f"{self.framework}/{self.mode}"


class DerivativeFacts(Record):
    """A derivative of the loss along a random direction, in float64."""

    computed: float  # from the gradients
    differences: float  # from central differences
    uncertainty: float  # of the differences
    tensor: str = ""  # the only parameter that was moved; empty: all


class Start(Record):
    """The cost of starting one worker of one launch, and what its session captured."""

    workload: str
    framework: str
    mode: str
    launch: int
    import_s: float
    prepare_s: float
    first_call_s: float
    cold: bool  # the compile cache was empty
    import_rss_bytes: int
    start_rss_bytes: int  # peak until warm
    steady_rss_bytes: int  # peak after that
    start_device_bytes: int | None
    steady_device_bytes: int | None
    reserved_device_bytes: int | None  # peak after warm-up, allocated or not
    captures_count: int
    recaptures: int  # after warm-up
    graph_breaks: int | None
    nodes: int | None
    nodes_optimized: int | None
    kernels: int | None
    first_call_steps: int = 1  # one per shape or structure of batches

    @property
    def total_s(self) -> float:
        """Seconds from starting the process until its first call is done."""
        # Includes the import: some frameworks load on import what others load later.
        return self.import_s + self.prepare_s + self.first_call_s


class TargetFacts(Record):
    """What inspecting a user's model found, in one framework."""

    framework: str
    source: str
    kind: str
    inputs: list[str]
    found_by: str  # how the inputs were found; empty if they were stated
    outputs: list[str]
    loss: str
    trained: int  # number of parameters that are updated
    buffers: int
    frozen: list[str]
    tied: list[str]
    is_random: bool
    narrowed: list[str]  # what does not follow when the model is widened to float64
    shortened: str = ""  # what is compared and measured less often of a slow model
    reference: str = ""  # in NumPy, of a folder; empty: an eager float64 step


class Phase(Record):
    """Wall time of one part of the run."""

    name: str
    seconds: float


class Note(Record):
    """A failure that left every cell with its result."""

    kind: NoteKind
    reason: str
    workload: str = ""
    variant: str = ""
    framework: str = ""
    device: str = ""
    threads: int | None = None
    launch: int | None = None

    @property
    def sentence(self) -> str:
        """The note as a sentence for a report."""
        match self.kind:
            case NoteKind.CONTROL_FAILED:
                return (
                    f"{self.workload}: the control failed in launch {self.launch}: "
                    f"{self.reason}"
                )
            case NoteKind.NOT_REPEATED:
                return (
                    f"{self.framework} on {self.device} with {self.threads} threads: "
                    f"first steps were not repeated, starting with "
                    f"{self.workload} {self.variant}: {self.reason}"
                )
            case NoteKind.NOT_STARTED_COLD:
                return (
                    f"{self.workload} {self.variant}: the cold start was not measured: "
                    f"{self.reason}"
                )
            case NoteKind.NOT_PROFILED | NoteKind.NO_GRAPHS:
                return f"{self.workload} {self.variant}: {self.kind}: {self.reason}"
            case NoteKind.CACHE_DAMAGED:
                return (
                    f"{self.workload} {self.variant}: the check failed with code from "
                    "the shared compile cache and passed with newly compiled code. "
                    f"The cache of {self.framework} was removed. "
                    f"The failure: {self.reason}"
                )
        return f"{OPENINGS[self.kind]}: {self.reason}"


# How the note of a whole run begins.
OPENINGS = {
    NoteKind.CACHE_NOT_USED: "The shared compile cache was not used",
    NoteKind.RESULT_DAMAGED: "A stored result of an earlier run was damaged. It was "
    "computed again and replaced",
    NoteKind.RESULTS_NOT_KEPT: "Results were not kept for later runs",
}


class RunRecord(Record):
    """The contents of ``run.json``."""

    run_id: str
    created: str
    request: Request
    baseline: str  # the variant that ratios refer to
    schema_version: int = SCHEMA_VERSION
    finished: bool = False
    environment: dict[str, str] = msgspec.field(default_factory=dict)
    # framework -> setting -> value, for every setting that can change a result
    settings: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)
    flops_per_step: dict[str, float] = msgspec.field(default_factory=dict)
    elements_per_step: dict[str, float] = msgspec.field(default_factory=dict)
    # dtype -> the machine's limit
    peak_flops_per_second: dict[str, float] = msgspec.field(default_factory=dict)
    peak_bytes_per_second: dict[str, float] = msgspec.field(default_factory=dict)
    # dtype -> the time of an element-wise operation per element, without dispatch
    element_ns: dict[str, float] = msgspec.field(default_factory=dict)
    # dtype -> limit -> the framework whose kernel reached it
    peak_frameworks: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)
    cells: list[Cell] = msgspec.field(default_factory=list)
    starts: list[Start] = msgspec.field(default_factory=list)
    # file of a table -> its rows when this record was written (`compare.runs.store`)
    row_counts: dict[str, Annotated[int, msgspec.Meta(ge=0)]] = msgspec.field(
        default_factory=dict
    )
    launches_done: dict[str, int] = msgspec.field(default_factory=dict)
    launching_s: dict[str, float] = msgspec.field(default_factory=dict)  # total
    phases: list[Phase] = msgspec.field(default_factory=list)
    notes: list[Note] = msgspec.field(default_factory=list)
    # workload and part of a check -> the earlier run that computed its NumPy reference
    earlier_references: dict[str, str] = msgspec.field(default_factory=dict)
    # label -> the user's model in each framework
    targets: dict[str, list[TargetFacts]] = msgspec.field(default_factory=dict)
    examined: list[Examined] = msgspec.field(default_factory=list)
    fixes: list[FixFacts] = msgspec.field(default_factory=list)
    joint_fixes: list[JointFixFacts] = msgspec.field(default_factory=list)
    # label -> derivatives of the reference, where they were checked
    derivatives: dict[str, list[DerivativeFacts]] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check that cells and launches are those of the request."""
        request = self.request
        labels = {each.label for each in request.workloads}
        for cell in self.cells:
            require_one_of("cells: workload", cell.workload, labels)
            require_one_of("cells: variant", cell.variant, request.variants)
            require_one_of("cells: device", cell.device, request.devices)
            require_one_of("cells: dtype", cell.dtype, request.dtypes)
        require_different("key for each cell", (c.key_values for c in self.cells))
        require_one_of("baseline", self.baseline, request.variants)
        for label, done in self.launches_done.items():
            require_one_of("launches_done", label, labels)
            most = request.launches + request.repeats
            if not 0 <= done <= most:
                raise ValueError(
                    f"launches_done: expected at most {most}, as requested; "
                    f"received {done}"
                )


def new_run_id() -> str:
    """Return an identifier that sorts by time: ``2026-01-31-235959``."""
    return datetime.now(UTC).strftime("%Y-%m-%d-%H%M%S")


def utc_now() -> str:
    """Return the time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
