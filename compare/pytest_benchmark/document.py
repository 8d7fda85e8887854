"""The JSON document of pytest-benchmark, and reading it.

Other tools write these files: a field that is not named here may contain anything.
Every figure that is used is checked, so that an error names the damaged field.
Benchmarks that graph-compare wrote describe their cell in ``extra_info``.

Source: pytest-benchmark 5, ``Stats.as_dict`` and ``pytest_benchmark_generate_json``.
"""

from __future__ import annotations

import json
from collections import Counter
from enum import StrEnum
from math import isinf
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from compare.contract import Device, Dtype  # noqa: TC001 - msgspec reads them
from compare.errors import RunError
from compare.files import read_file

if TYPE_CHECKING:
    from pathlib import Path

Name = Annotated[str, msgspec.Meta(min_length=1)]
Count = Annotated[int, msgspec.Meta(ge=1, lt=2**53)]

# Durations outside these limits are damage: more than thirty years, or far less than
# a processor cycle.
LONGEST_S = 1e9
SHORTEST_S = 1e-15

EXPECTED = (
    "a file that pytest wrote with --benchmark-json, --benchmark-save or "
    "--benchmark-autosave"
)


class AgreementVerdict(StrEnum):
    """Whether a benchmark agrees with the reference, as its ``extra_info`` states."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    BOTH_DIVERGED = "both diverged"
    UNDECIDED = "undecided"
    NOT_CHECKED = "not checked"


class Stats(msgspec.Struct, kw_only=True):
    """Statistics of the time of one call, in seconds.

    A round is a number of consecutive calls that are timed together.
    """

    min: float
    max: float
    mean: float
    median: float
    stddev: float
    rounds: Count
    iterations: Count = 1  # calls per round
    data: list[float] = []  # time per call in each round; empty if it was not saved

    def __post_init__(self) -> None:
        """Check that every figure is a duration and that the figures are consistent.

        Raises:
            ValueError: a figure is invalid; the message names its field.
        """
        for name in ("min", "max", "mean", "median"):
            _check_duration(getattr(self, name), field=name)
        for number, duration in enumerate(self.data):
            _check_duration(duration, field=f"data[{number}]")
        if not 0 <= self.stddev < LONGEST_S:
            raise ValueError(
                f"stddev: expected a number of seconds, at least 0; "
                f"received {self.stddev}"
            )
        if self.max * self.iterations > LONGEST_S:
            raise ValueError(
                f"iterations: expected a round of less than {LONGEST_S:g} s; received "
                f"{self.iterations} calls of up to {self.max:g} s"
            )
        if self.data and len(self.data) != self.rounds:
            raise ValueError(
                f"data: expected a time for each of {self.rounds} rounds; "
                f"received {len(self.data)}"
            )


class CellFacts(msgspec.Struct, kw_only=True):
    """The cell of graph-compare that a benchmark measures, from its ``extra_info``."""

    workload: Name
    variant: Name  # framework/mode
    device: Device
    dtype: Dtype
    family: str = ""
    captures: str = ""
    agreement: AgreementVerdict = AgreementVerdict.NOT_CHECKED
    difference: str = ""  # the first tensor that disagrees
    # Only in a file exported from a run, whose variants were measured interleaved:
    step_time_ns: float | None = None
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    verdict: str = ""
    note: str = ""

    def to_extra_info(self) -> dict[str, Any]:
        """Return the facts that are not empty, as ``extra_info``."""
        facts = msgspec.to_builtins(self)
        return {name: value for name, value in facts.items() if value or value == 0}


class BenchmarkEntry(msgspec.Struct, kw_only=True):
    """One element of ``benchmarks``."""

    name: Name
    stats: Stats
    fullname: str = ""
    group: str | None = None
    extra_info: dict[str, Any] = {}


class Circumstances(msgspec.Struct, kw_only=True):
    """What graph-compare adds to a file: where and how the figures were measured."""

    environment: dict[str, str] = {}
    settings: dict[str, dict[str, str]] = {}
    exported_from: str = ""  # the id of a run


class Document(msgspec.Struct, kw_only=True):
    """The whole file."""

    benchmarks: Annotated[list[BenchmarkEntry], msgspec.Meta(min_length=1)]
    machine_info: dict[str, Any] = {}
    datetime: str = ""
    version: str = ""
    graph_compare: Circumstances = msgspec.field(default_factory=Circumstances)


def read_document(path: Path) -> Document:
    """Read a file and check its fields.

    Raises:
        RunError: the file cannot be read, is not a pytest-benchmark file, or has an
            invalid field.
    """
    try:
        # The standard library's parser, because pytest-benchmark writes NaN, which is
        # not valid JSON.
        content = json.loads(
            read_file(path), object_pairs_hook=_require_unique, parse_float=_parse_float
        )
        # Lone surrogates are valid JSON, but no report could be encoded with them.
        json.dumps(content, ensure_ascii=False).encode()
        return msgspec.convert(content, Document)
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror}") from error
    except msgspec.ValidationError as error:
        raise RunError(f"{path}: {error}. Expected {EXPECTED}") from error
    except (ValueError, RecursionError) as error:
        raise RunError(f"{path}: no JSON ({error}). Expected {EXPECTED}") from error


def _require_unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members of a JSON object.

    Raises:
        ValueError: a name occurs twice, so that one of its values would be ignored.
    """
    members = dict(pairs)
    if len(members) < len(pairs):
        (twice, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(
            f"expected each name once in an object; received {twice!r} again"
        )
    return members


def _parse_float(text: str) -> float:
    """Return a number.

    Raises:
        ValueError: it does not fit into 64 bits.
    """
    number = float(text)
    if isinf(number):
        raise ValueError(
            f"expected numbers that fit into 64 bits; received {text[:60]}"
        )
    return number


def read_facts(entry: BenchmarkEntry) -> CellFacts | None:
    """Return the cell that a benchmark measures; None if it is not a cell.

    Raises:
        msgspec.ValidationError: ``extra_info`` names a workload and a variant, but
            another field is missing or invalid.
    """
    if not {"workload", "variant"} <= entry.extra_info.keys():
        return None
    return msgspec.convert(entry.extra_info, CellFacts)


def _check_duration(value: float, *, field: str) -> None:
    """Raise for a value that cannot be a measured duration, such as NaN.

    Raises:
        ValueError: the value is out of range; the message names the field.
    """
    if not SHORTEST_S < value < LONGEST_S:
        raise ValueError(
            f"{field}: expected a number of seconds above 0; received {value}"
        )
