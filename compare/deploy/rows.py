"""The results of exporting a model in one format."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from compare.runs.words import Verdict  # noqa: TC001 - msgspec reads the types


class ExportStatus(StrEnum):
    """How far an export came."""

    DONE = "exported"
    REFUSED = "refused"  # by the exporter
    NOT_RUN = "not run"  # something is missing on this machine
    FAILED = "failed"  # the runner did


class OtherSize(StrEnum):
    """What an exported model does with a batch of half the size."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    UNDECIDED = "undecided"  # rounding alone may explain the difference
    REFUSED = "refused"
    NOT_TRIED = "not tried"


class Blame(StrEnum):
    """Which part changed the result."""

    # A program that is independent of the runtime evaluates the file to other outputs.
    EXPORTER = "exporter"
    # The same file, evaluated node by node, has the expected outputs.
    RUNTIME = "runtime"
    # No program evaluates the file node by node, or only the runtime itself does.
    UNKNOWN = "unknown"


class Location(msgspec.Struct, kw_only=True):
    """The first node of an exported graph whose result differs.

    Attributes:
        node: its name.
        operation: the name of its operation.
        place: the layer or node that it was exported from, if known.
        after: the last operation of the model whose result is found before it.
        candidates: the nodes that follow it and differ, itself among them.
    """

    node: str
    operation: str
    place: str
    after: str
    candidates: list[str]


class DeployRow(msgspec.Struct, kw_only=True):
    """A model in one format.

    Attributes:
        workload: name of the workload or model.
        framework: name of the framework.
        format: name of the `ExportFormat`.
        runner: the library that executed it.
        needs_python: whether the runner is written in Python.
        needs_framework: whether the framework's libraries must be installed.
        export: status of the export.
        reason: why the export or the run failed.
        export_s: duration of the export.
        file_bytes: size of the file, or of all files of a folder.
        start_s: seconds from the start of the process until the whole and the half
            batch have run once; median of launches.
        load_s: seconds to load the model, part of `start_s`.
        call_s: seconds of one inference; median of launches.
        ratio: `call_s` divided by the eager model's, of the same rounds.
        ratio_low: lower end of the 95% interval.
        ratio_high: upper end.
        peak_rss_bytes: of the process.
        verdict: on the outputs; None if there are none.
        error: largest absolute error of the worst output; None if shapes differ.
        tolerance: of that output.
        other_size: what it does with half a batch.
        warnings: of the exporter about the model's code, each with file and line.
        other_reason: why that is refused, or how far its outputs differ; empty if they
            agree.
        location: the first node that differs.
        location_reason: why no node could be located.
        blame: which part changed the result; None if it agrees.
        file: where the file is kept; empty if it is not.
    """

    workload: str
    framework: str
    format: str
    runner: str
    needs_python: bool
    needs_framework: bool
    export: ExportStatus
    reason: str = ""
    export_s: float | None = None
    file_bytes: int | None = None
    start_s: float | None = None
    load_s: float | None = None
    call_s: float | None = None
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    peak_rss_bytes: int | None = None
    verdict: Verdict | None = None
    error: float | None = None
    tolerance: float | None = None
    other_size: OtherSize = OtherSize.NOT_TRIED
    other_reason: str = ""
    warnings: list[str] = []
    location: Location | None = None
    location_reason: str = ""
    blame: Blame | None = None
    file: str = ""

    @property
    def ran_outside_python(self) -> bool:
        """Whether a program without Python executed it."""
        return not self.needs_python and self.verdict is not None


class EagerRow(msgspec.Struct, kw_only=True):
    """Inference in Python with the eager model: what the others are compared with."""

    workload: str
    framework: str
    start_s: float  # until the first outputs; with the start of the harness's worker
    call_s: float
    peak_rss_bytes: int


class Deployment(msgspec.Struct, kw_only=True):
    """Everything that was measured of one workload.

    Attributes:
        workload: name of the workload or model.
        eager: the eager models that were timed.
        rows: each model in each format.
        environment: facts about the machine and versions of packages.
        untimed: name of a framework -> why its models could not be timed.
        not_kept: path of a file that could not be kept -> the reason.
    """

    workload: str
    eager: list[EagerRow]
    rows: list[DeployRow]
    environment: dict[str, str]
    untimed: dict[str, str] = {}
    not_kept: dict[str, str] = {}
