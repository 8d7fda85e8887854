"""The contents of ``run.json``: the request, the environment, the cells, the starts.

Imports no pandas, so that commands which only list or plan stay fast.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from compare.contract import (  # noqa: TC001 - msgspec reads them
    Captures,
    Device,
    Dtype,
    Family,
)
from compare.runs.ranges import (
    RANGES,
    require_different,
    require_in_range,
    require_name,
    require_one_of,
    require_variant,
)
from compare.runs.words import NoteKind, Status

SCHEMA_VERSION = 5
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

    def __post_init__(self) -> None:
        """Check that files can be named after the label."""
        require_name("label", self.label)


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
    budget_s: float | None = None  # for starts and measurements of all workloads
    precision: float | None = None  # half width of an interval at which to stop
    profile: bool = False  # after timing

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

    @property
    def total_s(self) -> float:
        """Seconds from starting the process until its first step is done."""
        # Includes the import: some frameworks load on import what others load later.
        return self.import_s + self.prepare_s + self.first_call_s


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
            case NoteKind.NOT_PROFILED:
                return f"{self.workload} {self.variant}: not profiled: {self.reason}"
            case NoteKind.CACHE_NOT_USED:
                return f"The shared compile cache was not used: {self.reason}"
            case NoteKind.CACHE_DAMAGED:
                return (
                    f"{self.workload} {self.variant}: the check failed with code from "
                    "the shared compile cache and passed with newly compiled code. "
                    f"The cache of {self.framework} was removed. "
                    f"The failure: {self.reason}"
                )


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
    # dtype -> the machine's limit
    peak_flops_per_second: dict[str, float] = msgspec.field(default_factory=dict)
    peak_bytes_per_second: dict[str, float] = msgspec.field(default_factory=dict)
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
            if not 0 <= done <= request.launches:
                raise ValueError(
                    f"launches_done: expected at most {request.launches}, as requested;"
                    f" received {done}"
                )


def new_run_id() -> str:
    """Return an identifier that sorts by time: ``2026-01-31-235959``."""
    return datetime.now(UTC).strftime("%Y-%m-%d-%H%M%S")


def utc_now() -> str:
    """Return the time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
