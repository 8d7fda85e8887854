"""What a file of pytest-benchmark holds, and reading it.

The files are not ours: fields that are not named here may hold anything. Figures that
are used are checked one by one, so that a damaged file is told by its field.
Benchmarks that this project wrote carry their cell in ``extra_info``.

Source: pytest-benchmark 5, ``Stats.as_dict`` and ``pytest_benchmark_generate_json``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from compare.contract import Device, Dtype  # noqa: TC001 - msgspec reads them
from compare.errors import RunError

if TYPE_CHECKING:
    from pathlib import Path

NOT_CHECKED: Literal["not checked"] = "not checked"
Judgement = Literal["agrees", "disagrees", "both diverged", "undecided", "not checked"]
Name = Annotated[str, msgspec.Meta(min_length=1)]
Count = Annotated[int, msgspec.Meta(ge=1, lt=2**53)]

LONGEST_S = 1e9  # thirty years: longer, or much shorter than light needs, is damage
SHORTEST_S = 1e-15

EXPECTED = (
    "a file that pytest wrote with --benchmark-json, --benchmark-save or "
    "--benchmark-autosave"
)


class Stats(msgspec.Struct, kw_only=True):
    """How long one call took, in seconds, over rounds of several calls each."""

    min: float
    max: float
    mean: float
    median: float
    stddev: float
    rounds: Count
    iterations: Count = 1  # calls in a round
    data: list[float] = []  # each round's time a call, where it was kept

    def __post_init__(self) -> None:
        """Refuse what is no duration, and figures that cannot belong together."""
        for name in ("min", "max", "mean", "median"):
            _duration(getattr(self, name), where=name)
        for number, duration in enumerate(self.data):
            _duration(duration, where=f"data[{number}]")
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
    """What ``extra_info`` says of a benchmark that is one of our cells."""

    workload: Name
    variant: Name  # framework/mode
    device: Device
    dtype: Dtype
    family: str = ""
    captures: str = ""
    agreement: Judgement = NOT_CHECKED
    difference: str = ""  # where it disagrees: the first tensor that does
    # Of a run that measured its variants side by side:
    step_time_ns: float | None = None
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    verdict: str = ""
    note: str = ""

    def told(self) -> dict[str, Any]:
        """What of this is known, as ``extra_info``."""
        everything = msgspec.structs.asdict(self)
        return {
            name: value for name, value in everything.items() if value or value == 0
        }


class Benchmark(msgspec.Struct, kw_only=True):
    """One benchmark and its figures."""

    name: Name
    stats: Stats
    fullname: str = ""
    group: str | None = None
    extra_info: dict[str, Any] = {}


class Circumstances(msgspec.Struct, kw_only=True):
    """What we add to a file: where its figures come from."""

    environment: dict[str, str] = {}
    settings: dict[str, dict[str, str]] = {}
    exported_from: str = ""  # a run


class File(msgspec.Struct, kw_only=True):
    """A whole file."""

    benchmarks: Annotated[list[Benchmark], msgspec.Meta(min_length=1)]
    machine_info: dict[str, Any] = {}
    datetime: str = ""
    version: str = ""
    graph_compare: Circumstances = msgspec.field(default_factory=Circumstances)


def read(path: Path) -> File:
    """Read a file.

    Raises:
        RunError: it cannot be read, is no such file, or a field is not as expected.
    """
    try:
        # Python's own reader: pytest-benchmark writes NaN, which JSON does not know.
        content = json.loads(path.read_bytes())
        json.dumps(content, ensure_ascii=False).encode()  # half a character is damage
        return msgspec.convert(content, File)
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror}") from error
    except msgspec.ValidationError as error:
        raise RunError(f"{path}: {error}. Expected {EXPECTED}") from error
    except (ValueError, RecursionError) as error:
        raise RunError(f"{path}: no JSON ({error}). Expected {EXPECTED}") from error


def _duration(value: float, *, where: str) -> None:
    """A length of time that somebody can have measured; NaN is none."""
    if not SHORTEST_S < value < LONGEST_S:
        raise ValueError(
            f"{where}: expected a number of seconds above 0; received {value}"
        )


def facts_of(benchmark: Benchmark) -> CellFacts | None:
    """The cell that a benchmark is; ``None`` where it is somebody else's.

    Raises:
        msgspec.ValidationError: it names a workload and a variant, but no cell.
    """
    if not {"workload", "variant"} <= benchmark.extra_info.keys():
        return None
    return msgspec.convert(benchmark.extra_info, CellFacts)
