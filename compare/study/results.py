"""Results of the lessons' programs on disk: one JSON file and the arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from compare.contract import FunctionCapture  # noqa: TC001 - msgspec reads it
from compare.errors import RunError
from compare.files import read_file
from compare.numerics.arrays import DAMAGED, load_arrays
from compare.runs.captured import load_graphs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from compare.contract import Arrays, CapturedGraph

RECORD_FILE = "lessons.json"


class Version(StrEnum):
    """The version of a program that computed some arrays."""

    AS_IS = ""
    CHANGED = "changed"  # by the exercise
    MISTAKEN = "mistaken"  # with the mistake of the repair exercise
    CAPTURED = "captured"  # its functions are captured in graphs


SCHEMA_VERSION = 2


class Stored(msgspec.Struct, forbid_unknown_fields=True):
    """Base class of everything in the JSON file."""


class StepTime(Stored, kw_only=True):
    """The time of one step in the first run and in a second run in the same process."""

    step: str
    first_ns: int
    again_ns: int


class ProgramResult(Stored, kw_only=True):
    """The outcome of one framework's program of one lesson."""

    lesson: str
    framework: str
    program: str = ""  # digest of its source
    change: str = ""  # digest of the exercise's change
    reason: str = ""  # why there is no result
    failed: bool = False  # it was started, but did not finish
    times: list[StepTime] = msgspec.field(default_factory=list)
    printed: dict[str, str] = msgspec.field(default_factory=dict)  # by step
    repeats: bool = False  # both runs gave identical bits
    changed_reason: str = ""  # why the exercise's change gave no result
    graph_reason: str = ""  # why there is no graph
    mistake: str = ""  # digest of the mistake of the repair exercise
    mistaken_reason: str = ""  # why the program with the mistake gave no result
    captures: list[FunctionCapture] = msgspec.field(default_factory=list)
    captured_reason: str = ""  # why there is no result with captured functions

    def reason_of(self, version: Version) -> str:
        """Return why a version of the program has no arrays; empty if it has."""
        reasons = {
            Version.CHANGED: self.changed_reason,
            Version.MISTAKEN: self.mistaken_reason,
            Version.CAPTURED: self.captured_reason,
        }
        return self.reason or reasons.get(version, "")

    @property
    def first_ns(self) -> int:
        """The time of the whole program in the first run."""
        return sum(time.first_ns for time in self.times)

    @property
    def again_ns(self) -> int:
        """The time of the whole program in the second run."""
        return sum(time.again_ns for time in self.times)


class StudyRecord(Stored, kw_only=True):
    """Every program that was run, and the environment."""

    schema_version: int = SCHEMA_VERSION
    created: str
    environment: dict[str, str]
    programs: list[ProgramResult] = msgspec.field(name="produced", default_factory=list)


@dataclass(frozen=True, kw_only=True)
class LessonResults:
    """A record and the folder that contains its arrays."""

    folder: Path
    record: StudyRecord
    # Every number in the prose reads arrays: load each file only once.
    _loaded: dict[Path, Arrays] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def programs_of(self, lesson: str) -> Mapping[str, ProgramResult]:
        """Return the outcome of each framework's program of a lesson."""
        return {p.framework: p for p in self.record.programs if p.lesson == lesson}

    def arrays(
        self, lesson: str, framework: str, version: Version = Version.AS_IS
    ) -> Arrays:
        """Return the arrays of a program; empty if it did not run.

        The folder may contain files of an earlier run: they do not count.

        Raises:
            RunError: the file is missing or damaged.
        """
        program = self.programs_of(lesson).get(framework)
        if program is None or program.reason_of(version):
            return {}
        return self._load(arrays_file(self.folder, lesson, framework, version))

    def graph(self, lesson: str, framework: str) -> CapturedGraph | None:
        """Return the graph of a program; ``None`` if there is none.

        Raises:
            DataError: the file is missing or damaged.
        """
        program = self.programs_of(lesson).get(framework)
        if program is None or program.reason or program.graph_reason:
            return None
        (graph,) = load_graphs(graph_file(self.folder, lesson, framework))
        return graph

    def _load(self, path: Path) -> Arrays:
        if path not in self._loaded:
            self._loaded[path] = _load_arrays(path)
        return self._loaded[path]


def arrays_file(
    folder: Path, lesson: str, framework: str, version: Version = Version.AS_IS
) -> Path:
    """Return the path of the arrays of a program's version."""
    ending = f".{version}" if version else ""
    return folder / f"{lesson}.{framework}{ending}.npz"


def graph_file(folder: Path, lesson: str, framework: str) -> Path:
    """Return the path of a program's graph."""
    return folder / f"{lesson}.{framework}.graph.json"


def write_results(results: LessonResults) -> None:
    """Write the record next to its arrays."""
    encoded = msgspec.json.format(msgspec.json.encode(results.record), indent=1)
    (results.folder / RECORD_FILE).write_bytes(encoded + b"\n")


def read_results(folder: Path) -> LessonResults:
    """Read the results in a folder.

    Raises:
        RunError: there are none, or they have another format.
    """
    path = folder / RECORD_FILE
    try:
        record = msgspec.json.decode(read_file(path), type=StudyRecord)
    except OSError as error:
        raise RunError(
            f"{folder}: expected results of lessons, which include {RECORD_FILE} "
            f"({error.strerror}). To create them, run: graph-compare study --html DIR"
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RunError(f"{path}: {error}; run the lessons again") from None
    if record.schema_version != SCHEMA_VERSION:
        raise RunError(
            f"{path}: expected schema version {SCHEMA_VERSION}; received "
            f"{record.schema_version}; run the lessons again"
        )
    return LessonResults(folder=folder, record=record)


def _load_arrays(path: Path) -> Arrays:
    try:
        return load_arrays(path)
    except (OSError, MemoryError, *DAMAGED) as error:
        raise RunError(
            f"{path}: expected the arrays of a program listed in {RECORD_FILE} "
            f"({error}); run the lessons again"
        ) from None
