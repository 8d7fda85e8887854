"""Read damaged files with every reader: only errors for users may be raised.

``python -m tests.faults.fuzz`` reads 1,000,000 inputs. Each is a valid example with a
few random edits, and follows from the seed, the reader and its number, so that a
finding can be repeated: ``--reader NAME --number N``.
"""

from __future__ import annotations

import argparse
import resource
import signal
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic
from typing import TYPE_CHECKING

from compare.errors import CompareError
from tests.faults.mutations import mutate
from tests.faults.readers import all_readers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.faults.readers import Reader

MEMORY_BYTES = 4 * 2**30  # of the address space
LONGEST_S = 20  # for one input
KEPT_INPUT_BYTES = 2000


class TookTooLongError(Exception):
    """Reading one input took longer than `LONGEST_S`."""


@dataclass(kw_only=True)
class Summary:
    """What the inputs of one reader led to."""

    reader: str
    outcomes: Counter[str] = field(default_factory=Counter)  # by type of error
    findings: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def inputs(self) -> int:
        """The number of inputs."""
        return self.outcomes.total()

    def __str__(self) -> str:
        """Return one line."""
        found = ", ".join(f"{n:,} {name}" for name, n in self.outcomes.most_common())
        return f"{self.reader:28}{self.inputs:>10,} inputs: {found}"


def fuzz(reader: Reader, *, numbers: range, seed: int, folder: Path) -> Summary:
    """Read damaged inputs and return what happened."""
    summary, began = Summary(reader=reader.name), monotonic()
    for name, content in {**reader.others, reader.file: b""}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    for number in numbers:
        content = damaged(reader, number=number, seed=seed)
        (folder / reader.file).write_bytes(reader.encode(content))
        outcome, where = read_once(reader, folder)
        summary.outcomes[outcome] += 1
        if where:
            summary.findings.append(f"{reader.name} --number {number}: {where}")
    summary.seconds = monotonic() - began
    return summary


def damaged(reader: Reader, *, number: int, seed: int) -> bytes:
    """Return the input with this number."""
    random = Random(f"{seed} {reader.name} {number}")  # noqa: S311 - repeatable
    content = random.choice(reader.examples)
    return mutate(content, others=reader.examples, random=random)


def read_once(reader: Reader, folder: Path) -> tuple[str, str]:
    """Read an input; return the type of the error, and where an unexpected one is."""
    signal.alarm(LONGEST_S)
    try:
        reader.read(folder)
    except CompareError as error:
        return type(error).__name__, "" if str(error) else "an error without a message"
    except Exception as error:  # noqa: BLE001 - what is searched for
        frames = traceback.extract_tb(error.__traceback__)
        ours = [f for f in frames if "/compare/" in f.filename][-1:]
        places = ", ".join(f"{Path(f.filename).name}:{f.lineno}" for f in ours)
        return type(error).__name__, f"{type(error).__name__} ({places}): {error}"[:500]
    finally:
        signal.alarm(0)
    return "read", ""


def share_out(
    readers: Sequence[Reader], *, inputs: int
) -> Iterator[tuple[Reader, int]]:
    """Yield each reader with its number of inputs, by its share."""
    total = sum(reader.share for reader in readers)
    for reader in readers:
        yield reader, -(-inputs * reader.share // total)


def limit_resources() -> None:
    """Limit memory, and the time of one input."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, hard))

    def interrupt(*_: object) -> None:
        raise TookTooLongError

    signal.signal(signal.SIGALRM, interrupt)
    warnings.simplefilter("ignore")


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz every reader, or one; print a summary; return the number of findings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="in total")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--reader", help="only this reader")
    parser.add_argument("--number", type=int, help="only this input; it is printed")
    chosen = parser.parse_args(arguments)
    limit_resources()
    readers = [r for r in all_readers() if chosen.reader in {None, r.name}]
    if chosen.number is not None:
        content = damaged(readers[0], number=chosen.number, seed=chosen.seed)
        print(content[:KEPT_INPUT_BYTES].decode(errors="backslashreplace"))
    summaries = list(fuzz_all(readers, chosen=chosen))
    print(format_total(summaries))
    return sum(len(each.findings) for each in summaries)


def fuzz_all(
    readers: Sequence[Reader], *, chosen: argparse.Namespace
) -> Iterator[Summary]:
    """Fuzz each reader in a folder of its own; print its summary and findings."""
    for reader, count in share_out(readers, inputs=chosen.inputs):
        first = chosen.number
        numbers = range(count) if first is None else range(first, first + 1)
        with tempfile.TemporaryDirectory() as folder:
            found = fuzz(reader, numbers=numbers, seed=chosen.seed, folder=Path(folder))
        print(found, flush=True)
        for finding in found.findings[:20]:
            print(f"  {finding}", flush=True)
        yield found


def format_total(summaries: Sequence[Summary]) -> str:
    """Return the last line of the summary."""
    inputs = sum(each.inputs for each in summaries)
    findings = sum(len(each.findings) for each in summaries)
    return f"{'total':28}{inputs:>10,} inputs: {findings:,} unexpected exceptions"


if __name__ == "__main__":
    sys.exit(min(1, main()))
