"""A run on disk, and the same run as pandas DataFrames.

A run directory holds ``run.json`` (the request, the environment, the cells and what
each start cost) and tidy tables, one row per observation, units in column names.
Everything is written as it comes, so a killed run keeps what it finished.
Files of a run are data: reading one never executes anything.
"""

from __future__ import annotations

import gzip
import shutil
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import pandas as pd

from compare.contract import Device, Dtype  # noqa: TC001 - msgspec reads them
from compare.errors import RunError
from compare.stats.estimates import EQUIVALENCE_MARGIN

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA_VERSION = 3
RUN_FILE = "run.json"
CONTROL = "control"
# Interleaved: every variant in every round. Sequential: one after another, each to its
# end, as pytest-benchmark does.
Design = Literal["interleaved", "sequential"]

Key = tuple[str, ...]
KEY = ("workload", "framework", "mode", "device", "dtype")
# The columns that others may rely on, with the type each is read as.
TEXT, WHOLE, REAL, NAME = "string", "Int64", "float64", "category"
LARGE = {"duration_ns", "started_ns"}  # do not fit 32 bits
TABLES: dict[str, dict[str, str]] = {
    "cells.csv": dict.fromkeys((*KEY, "family", "captures", "status", "reason"), TEXT),
    "agreement.csv": {
        **dict.fromkeys((*KEY, "check"), TEXT),
        "step": WHOLE,
        "quantity": TEXT,
        "max_abs_error": REAL,
        "max_rel_error": REAL,
        "max_ulp_error": REAL,
        "floors": REAL,
        "tolerance": REAL,
        "verdict": TEXT,
        "against": TEXT,
        "worst_index": TEXT,
        "expected": REAL,
        "received": REAL,
    },
    "differences.csv": {
        **dict.fromkeys((*KEY, "check"), TEXT),
        "step": WHOLE,
        "quantity": TEXT,
        "worst_index": TEXT,
        "expected": REAL,
        "received": REAL,
        "max_abs_error": REAL,
        "floors": REAL,
        "tolerance": REAL,
        "cause": TEXT,
        "explanation": TEXT,
        "activations": TEXT,
    },
    "precision.csv": {
        **dict.fromkeys((*KEY, "operation"), TEXT),
        "rounded_once": REAL,
    },
    "timing.csv": {
        **dict.fromkeys((*KEY, "captures"), TEXT),
        "step_time_ns": REAL,
        "ratio": REAL,
        "ratio_low": REAL,
        "ratio_high": REAL,
        "import_s": REAL,
        "prepare_s": REAL,
        "first_call_cold_s": REAL,
        "first_call_warm_s": REAL,
        "break_even_steps": REAL,
        "break_even_low": REAL,
        "break_even_high": REAL,
        "peak_rss_bytes": REAL,
        "peak_device_bytes": REAL,
        "captures_count": WHOLE,
        "recaptures": WHOLE,
        "graph_breaks": WHOLE,
        "flops_per_second": REAL,
        "fraction_of_peak": REAL,
        "verdict": TEXT,
        "note": TEXT,
        "import_rss_bytes": REAL,
        "launches": WHOLE,
        "blocks": WHOLE,
        "voided": WHOLE,
        "holm_p": REAL,
        "equivalence_p": REAL,
        "bootstrap_low": REAL,
        "bootstrap_high": REAL,
        "detectable": REAL,
        "device_step_time_ns": REAL,
        "unsteady": TEXT,
        "start_rss_bytes": REAL,
        "steady_rss_bytes": REAL,
        "start_device_bytes": REAL,
        "steady_device_bytes": REAL,
        "reserved_device_bytes": REAL,
        "arithmetic_ns": REAL,
    },
    "ranking.csv": {
        **dict.fromkeys(("workload", "variant", "other", "device", "dtype"), TEXT),
        "ratio": REAL,
        "ratio_low": REAL,
        "ratio_high": REAL,
    },
    "profile.csv": {
        **dict.fromkeys((*KEY, "processor", "kind", "operation"), TEXT),
        "calls_per_step": REAL,
        "self_time_ns": REAL,
        "share": REAL,
    },
    "samples.csv.gz": {
        **dict.fromkeys(KEY, NAME),
        "launch": WHOLE,
        "round": WHOLE,
        "position": WHOLE,
        "steps": WHOLE,
        "duration_ns": WHOLE,
        "started_ns": WHOLE,
        "device_ns": REAL,
        "void": NAME,  # why a block does not count; empty for one that does
    },
    "learning.csv": {
        "workload": TEXT,
        "variant": TEXT,
        "epoch": WHOLE,
        "train_loss": REAL,
        "valid_loss": REAL,
        "valid_accuracy": REAL,
    },
}


class Record(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Base of everything in ``run.json``: named fields only, none unknown."""


class WorkloadRequest(Record):
    """One ``[[workload]]`` of a suite: a workload configured, under its label."""

    label: str
    name: str
    config: dict[str, Any] = msgspec.field(default_factory=dict)


class Request(Record):
    """What was asked for: enough to run it again or to resume it."""

    suite: str
    workloads: list[WorkloadRequest]
    variants: list[str]
    named: bool  # variants, devices or dtypes were asked for by name
    devices: list[Device]
    dtypes: list[Dtype]  # one of each where anything is timed
    threads: int
    seed: int
    launches: int  # 0: agreement only
    rounds: int
    block_s: float
    trajectory_steps: int
    time_limit_s: float
    budget_s: float | None = None  # of starting and measuring, all workloads together
    precision: float | None = None  # half an interval's width at which to stop
    margin: float = EQUIVALENCE_MARGIN  # around 1: step times are equivalent
    profile: bool = False  # after timing

    @property
    def device(self) -> Device:
        """The device that is timed on."""
        return self.devices[0]

    @property
    def dtype(self) -> Dtype:
        """The dtype that is timed in."""
        return self.dtypes[0]


class Cell(Record):
    """One row of a report: workload x variant x device x dtype."""

    workload: str
    framework: str
    mode: str
    device: Device
    dtype: Dtype
    family: str
    captures: str  # as measured once a session ran, as declared before
    status: Literal["pending", "ok", "failed", "not run"] = "pending"
    reason: str = ""

    @property
    def variant(self) -> str:
        """``framework/mode``; the mode alone where no framework is known."""
        return f"{self.framework}/{self.mode}" if self.framework else self.mode

    @property
    def key(self) -> dict[str, str]:
        """What tables know the cell by."""
        return {name: getattr(self, name) for name in KEY}

    @property
    def key_values(self) -> Key:
        """The same without the columns' names."""
        return tuple(self.key.values())


class Start(Record):
    """What starting one worker of one launch cost, and what its session captured."""

    workload: str
    framework: str
    mode: str
    launch: int
    import_s: float
    prepare_s: float
    first_call_s: float
    cold: bool  # the compile cache was empty
    import_rss_bytes: int
    start_rss_bytes: int  # most until warm
    steady_rss_bytes: int  # most from then on
    start_device_bytes: int | None
    steady_device_bytes: int | None
    reserved_device_bytes: int | None  # allocated or not, from then on
    captures_count: int
    recaptures: int  # after warm-up
    graph_breaks: int | None
    nodes: int | None
    nodes_optimized: int | None
    kernels: int | None

    @property
    def total_s(self) -> float:
        """From starting the process until its first step is done."""
        # Import too: what one framework loads at once, another loads when preparing.
        return self.import_s + self.prepare_s + self.first_call_s


class Phase(Record):
    """Wall time of one part of the run."""

    name: str
    seconds: float


class RunRecord(Record):
    """The contents of ``run.json``."""

    run_id: str
    created: str
    request: Request
    baseline: str  # the variant that ratios are taken to
    schema_version: int = SCHEMA_VERSION
    design: Design = "interleaved"
    # workload -> the variant that its ratios are taken to, where it has one of its own
    baselines: dict[str, str] = msgspec.field(default_factory=dict)
    finished: bool = False
    environment: dict[str, str] = msgspec.field(default_factory=dict)
    # framework -> setting -> value, every one that can change a result
    settings: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)
    flops_per_step: dict[str, float] = msgspec.field(default_factory=dict)
    # dtype -> the machine's limit
    peak_flops_per_second: dict[str, float] = msgspec.field(default_factory=dict)
    peak_bytes_per_second: dict[str, float] = msgspec.field(default_factory=dict)
    # dtype -> limit -> the framework whose kernel reached it
    peak_frameworks: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)
    cells: list[Cell] = msgspec.field(default_factory=list)
    starts: list[Start] = msgspec.field(default_factory=list)
    launches_done: dict[str, int] = msgspec.field(default_factory=dict)
    launching_s: dict[str, float] = msgspec.field(default_factory=dict)  # in all
    phases: list[Phase] = msgspec.field(default_factory=list)
    notes: list[str] = msgspec.field(default_factory=list)

    @property
    def is_sequential(self) -> bool:
        """Whether its ratios compare times that were never side by side."""
        return self.design == "sequential"

    def baseline_of(self, workload: str) -> str:
        """The variant that the ratios of a workload are taken to."""
        return self.baselines.get(workload, self.baseline)


class _Versioned(msgspec.Struct):
    """What any version's ``run.json`` has; read first."""

    schema_version: int = SCHEMA_VERSION


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run read back: the record, and each table as a DataFrame."""

    folder: Path
    record: RunRecord
    cells: pd.DataFrame
    agreement: pd.DataFrame
    timing: pd.DataFrame
    ranking: pd.DataFrame
    samples: pd.DataFrame
    learning: pd.DataFrame
    differences: pd.DataFrame
    precision: pd.DataFrame
    profile: pd.DataFrame


def new_run_id() -> str:
    """An identifier that sorts by time: ``2026-01-31-235959``."""
    return datetime.now(UTC).strftime("%Y-%m-%d-%H%M%S")


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def unused(folder: Path) -> Path:
    """This folder, or the first of its kind that does not exist."""
    found, number = folder, 1
    while found.exists():
        number += 1
        found = folder.with_name(f"{folder.name}-{number}")
    return found


def create(folder: Path, record: RunRecord) -> None:
    """Make the run directory and write its first ``run.json``.

    Raises:
        RunError: the folder exists (nothing is ever overwritten) or cannot be made.
    """
    try:
        folder.mkdir(parents=True)
    except FileExistsError as error:
        is_run = (folder / RUN_FILE).exists()
        resume = f", or continue that run with: graph-compare run --resume {folder}"
        raise RunError(
            f'--out: expected a folder that does not exist yet; received "{folder}", '
            f"which exists. Nothing was overwritten: name another{resume * is_run}"
        ) from error
    except OSError as error:
        raise RunError(
            f'--out: expected a folder that can be made; received "{folder}": '
            f"{error.strerror}"
        ) from error
    save(folder, record)


def discard_if_nothing_is_measured(folder: Path) -> None:
    """Remove a run that failed before its first result, so that it can be retried."""
    if {path.name for path in folder.iterdir()} <= {RUN_FILE, "cells.csv"}:
        shutil.rmtree(folder)


def save(folder: Path, record: RunRecord) -> None:
    """Write ``run.json`` and ``cells.csv`` whole or not at all."""
    text = msgspec.json.format(msgspec.json.encode(record), indent=1)
    _replace(folder / RUN_FILE, text)
    cells = pd.DataFrame(
        [msgspec.structs.asdict(cell) for cell in record.cells],
        columns=list(TABLES["cells.csv"]),
    )
    write_table(folder, "cells.csv", cells)


def write_table(folder: Path, name: str, frame: pd.DataFrame) -> None:
    """Write one table whole or not at all."""
    _replace(folder / name, _encoded(frame, name=name))


def append(folder: Path, name: str, rows: Sequence[dict[str, Any]]) -> None:
    """Add rows to one table, all of them or none; without rows, its header.

    A ``.gz`` table grows by a compressed member each time.
    """
    path = folder / name
    if not rows and path.exists():
        return
    frame = pd.DataFrame(rows, columns=list(TABLES[name]))
    before = path.read_bytes() if path.exists() else b""
    _replace(path, before + _encoded(frame, name=name, header=not before))


def agreed(folder: Path) -> set[Key]:
    """The `KEY` of every cell, and float64 proof, whose agreement is written."""
    return keys_in(folder, "agreement.csv")


def keys_in(folder: Path, name: str) -> set[Key]:
    """The `KEY` of every row of a table."""
    frame = read_table(folder, name)
    return set(zip(*(frame[column] for column in KEY), strict=True))


def forget_unfinished(folder: Path, record: RunRecord) -> None:
    """Drop rows that a killed run wrote of a part that it did not finish."""
    done = agreed(folder)
    for name in ("differences.csv", "precision.csv"):
        frame = read_table(folder, name)
        keys = zip(*(frame[column] for column in KEY), strict=True)
        _keep(folder, name, frame=frame, rows=[key in done for key in keys])
    first = (record.request.device, record.request.dtype)  # what trains
    trained = {
        (workload, f"{framework}/{mode}")
        for workload, framework, mode, *where in done
        if tuple(where) == first
    }
    learning = read_table(folder, "learning.csv")
    pairs = zip(learning["workload"], learning["variant"], strict=True)
    rows = [pair in trained for pair in pairs]
    _keep(folder, "learning.csv", frame=learning, rows=rows)
    samples = read_table(folder, "samples.csv.gz")
    labels = samples["workload"].astype("string")
    launches = labels.map(record.launches_done).fillna(0)
    rows = (samples["launch"] < launches).tolist()
    _keep(folder, "samples.csv.gz", frame=samples, rows=rows)


def _keep(
    folder: Path, name: str, *, frame: pd.DataFrame, rows: Sequence[bool]
) -> None:
    if not all(rows):
        write_table(folder, name, frame[list(rows)])


def read_record(folder: Path) -> RunRecord:
    """Read ``run.json`` back.

    Raises:
        RunError: there is none, or a field is not as expected; says which.
    """
    path = folder / RUN_FILE
    try:
        content = path.read_bytes()
        version = msgspec.json.decode(content, type=_Versioned).schema_version
        if version != SCHEMA_VERSION:
            raise RunError(
                f"{path}: schema_version: expected {SCHEMA_VERSION}; "
                f"received {version}. Make the run anew with this version"
            )
        record = msgspec.json.decode(content, type=RunRecord)
    except FileNotFoundError as error:
        raise RunError(
            f'expected a run directory holding {RUN_FILE}; received "{folder}", which '
            "has none. Run directories are made by: graph-compare run"
        ) from error
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RunError(f"{path}: damaged or not ours: {error}") from error
    return record


def read_table(folder: Path, name: str) -> pd.DataFrame:
    """Read one table, typed; an absent one is empty.

    Raises:
        RunError: a column is missing or holds something else than it should.
    """
    path, types = folder / name, TABLES[name]
    if not path.exists():
        return pd.DataFrame(columns=list(types)).astype(types)
    if name == "samples.csv.gz" and (read := _many_rows(path, types)) is not None:
        return read
    try:
        frame = pd.read_csv(path, dtype="string", keep_default_na=False)
    except (OSError, ValueError, EOFError, zlib.error) as error:
        raise RunError(f"{path}: cannot be read as a table: {error}") from error
    if missing := [column for column in types if column not in frame]:
        raise RunError(
            f"{path}: expected the columns {', '.join(types)}; "
            f"missing: {', '.join(missing)}"
        )
    for column, kind in types.items():
        frame[column] = _typed(frame[column], kind=kind, where=f"{path}: {column}")
    return frame[list(types)]


def _many_rows(path: Path, types: dict[str, str]) -> pd.DataFrame | None:
    """A table without a fault, read in a fraction of the time and memory.

    ``None`` if it has one: reading it column by column then says which.
    """
    small = {name for name, kind in types.items() if kind == WHOLE} - LARGE
    kinds = types | dict.fromkeys(LARGE, "int64") | dict.fromkeys(small, "int32")
    missing = {name: [""] for name, kind in types.items() if kind == REAL}
    try:
        frame = pd.read_csv(path, dtype=kinds, keep_default_na=False, na_values=missing)
        return frame[list(types)]
    except (OSError, ValueError, EOFError, KeyError, zlib.error):
        return None


def load_run(folder: str | Path) -> Run:
    """Read a whole run.

    Raises:
        RunError: a file is missing, damaged, or not of this schema; says which field.
    """
    folder = Path(folder)
    record = read_record(folder)
    frames = {table.split(".")[0]: read_table(folder, table) for table in TABLES}
    return Run(folder=folder, record=record, **frames)


def _typed(column: pd.Series, *, kind: str, where: str) -> pd.Series:
    if kind == TEXT:
        return column
    if kind == NAME:
        return column.astype("category")
    numbers = pd.to_numeric(column.where(column != ""), errors="coerce")
    wrong = numbers.isna() & (column != "") & (column.str.lower() != "nan")
    if kind == WHOLE:
        wrong |= numbers.notna() & (numbers % 1 != 0)
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        what = "a whole number" if kind == WHOLE else "a number"
        raise RunError(
            f'{where}: expected {what}; received "{column.iloc[row]}" in row {row + 1}'
        )
    return numbers.astype("Int64") if kind == WHOLE else numbers.astype("float64")


def _encoded(frame: pd.DataFrame, *, name: str, header: bool = True) -> bytes:
    text = frame.to_csv(index=False, header=header, lineterminator="\n").encode()
    return gzip.compress(text) if name.endswith(".gz") else text


def _replace(path: Path, content: bytes) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    partial.replace(path)
