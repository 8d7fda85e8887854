"""What the lessons' programs produced, on disk: one JSON file and the arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import msgspec

from compare.errors import RunError
from compare.numerics.arrays import load_arrays

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from compare.contract import Arrays

FILE = "lessons.json"
SCHEMA_VERSION = 1


class Record(msgspec.Struct, forbid_unknown_fields=True):
    """Base of what is written."""


class StepTime(Record, kw_only=True):
    """How long one step took: the first time, and once more in the same process."""

    step: str
    first_ns: int
    again_ns: int


class Produced(Record, kw_only=True):
    """What one framework's program of one lesson did."""

    lesson: str
    framework: str
    program: str = ""  # digest of its source
    change: str = ""  # digest of what the exercise changes
    reason: str = ""  # why there is nothing else
    failed: bool = False  # it could have run, and did not to its end
    times: list[StepTime] = msgspec.field(default_factory=list)
    printed: str = ""
    repeats: bool = False  # the same bits both times
    changed_reason: str = ""  # why the exercise's change gave nothing

    @property
    def first_ns(self) -> int:
        """What the whole program took the first time."""
        return sum(time.first_ns for time in self.times)

    @property
    def again_ns(self) -> int:
        """What it took once more."""
        return sum(time.again_ns for time in self.times)


class StudyRecord(Record, kw_only=True):
    """Every program that was run, and where."""

    schema_version: int = SCHEMA_VERSION
    created: str
    environment: dict[str, str]
    produced: list[Produced] = msgspec.field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Results:
    """A record and the folder that holds its arrays."""

    folder: Path
    record: StudyRecord
    # Every number in the prose asks for them: each file is read once.
    _read: dict[Path, Arrays] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def of(self, lesson: str) -> Mapping[str, Produced]:
        """What each framework's program of a lesson did."""
        return {p.framework: p for p in self.record.produced if p.lesson == lesson}

    def arrays(self, lesson: str, framework: str) -> Arrays:
        """What a program returned; empty where it did not run.

        Raises:
            RunError: its file is missing or damaged.
        """
        if self._lacks(lesson, framework):
            return {}
        return self._arrays(arrays_file(self.folder, lesson, framework))

    def changed_arrays(self, lesson: str, framework: str) -> Arrays:
        """What it returned with the exercise's change made; empty where it did not.

        Raises:
            RunError: its file is missing or damaged.
        """
        if self._lacks(lesson, framework, changed=True):
            return {}
        return self._arrays(arrays_file(self.folder, lesson, framework, changed=True))

    def _arrays(self, path: Path) -> Arrays:
        if path not in self._read:
            self._read[path] = _arrays(path)
        return self._read[path]

    def _lacks(self, lesson: str, framework: str, *, changed: bool = False) -> bool:
        """Whether the record says that there are none, whatever lies in the folder."""
        produced = self.of(lesson).get(framework)
        if produced is None or produced.reason:
            return True
        return changed and bool(produced.changed_reason)


def arrays_file(
    folder: Path, lesson: str, framework: str, *, changed: bool = False
) -> Path:
    """Where the arrays of a program stand."""
    return folder / f"{lesson}.{framework}{'.changed' if changed else ''}.npz"


def write(results: Results) -> None:
    """Write the record beside its arrays."""
    encoded = msgspec.json.format(msgspec.json.encode(results.record), indent=1)
    (results.folder / FILE).write_bytes(encoded + b"\n")


def read(folder: Path) -> Results:
    """Read what was written.

    Raises:
        RunError: there is nothing, or it is not what this version writes.
    """
    path = folder / FILE
    try:
        record = msgspec.json.decode(path.read_bytes(), type=StudyRecord)
    except OSError:
        raise RunError(
            f"{folder}: expected results of lessons, a folder with {FILE}; "
            "make one with: graph-compare study --html DIR"
        ) from None
    except msgspec.DecodeError as error:
        raise RunError(f"{path}: {error}; run the lessons again") from None
    if record.schema_version != SCHEMA_VERSION:
        raise RunError(
            f"{path}: expected schema version {SCHEMA_VERSION}; received "
            f"{record.schema_version}; run the lessons again"
        )
    return Results(folder=folder, record=record)


def _arrays(path: Path) -> Arrays:
    try:
        return load_arrays(path)
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise RunError(
            f"{path}: expected the arrays that {FILE} tells of ({error}); run the "
            "lessons again"
        ) from None
