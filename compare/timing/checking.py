"""Check that timed steps compute what checked steps compute.

In every launch, one block of each arm starts from the initial parameters, and its
results are kept. It is chosen at random and measured like every other block. After the
rounds, the worker runs the same steps one by one, as the agreement checks do. In the
first launch it also runs the first training steps as in a block, for a comparison with
the reference. `compare.pipeline.timed` judges the results.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from compare.errors import WorkerError
from compare.numerics.arrays import load_arrays
from compare.workers import kept, messages

if TYPE_CHECKING:
    from pathlib import Path

    from compare.contract import Arrays
    from compare.workers.process import Worker

FIRST_STEPS = 2  # one more than one, so that no second update can be left out
FURTHER_REPETITIONS = 2  # measure the spread of results that are not deterministic


@dataclass(frozen=True, kw_only=True)
class CheckedBlock:
    """The results of a timed block and of the same steps run one by one."""

    timed: Arrays
    repeated: list[Arrays]  # one repetition; several if it differs from the block
    first: Arrays | None = None  # of the first steps, in the first launch


def choose_kept_rounds(
    count: int, *, rounds: int, rng: np.random.Generator
) -> list[int]:
    """Return for each of `count` arms the round in which its block is kept."""
    return [int(number) for number in rng.integers(rounds, size=count)]


def check_block(worker: Worker, *, folder: Path, is_first: bool) -> CheckedBlock:
    """Repeat the kept block of a worker and return all results.

    Args:
        worker: has measured all rounds of a launch.
        folder: for the arrays that the worker saves.
        is_first: whether this is the first launch.

    Raises:
        WorkerError: the worker failed, or did its work only after the block.
    """
    folder.mkdir(parents=True, exist_ok=True)
    timed = _take_kept(worker, path=folder / "timed.npz")
    repeated = [_repeat(worker, path=folder / "repeated.npz")]
    if not have_same_bits(timed, repeated[0]):
        repeated += [
            _repeat(worker, path=folder / "repeated.npz")
            for _ in range(FURTHER_REPETITIONS)
        ]
    first = _run_first(worker, path=folder / "first.npz") if is_first else None
    return CheckedBlock(timed=timed, repeated=repeated, first=first)


def have_same_bits(one: Arrays, other: Arrays) -> bool:
    """Return whether two results are equal; NaN equals NaN."""
    return one.keys() == other.keys() and all(
        np.array_equal(array, other[name], equal_nan=True)
        for name, array in one.items()
    )


def _take_kept(worker: Worker, *, path: Path) -> Arrays:
    reply = worker.request(messages.TakeKept(save_to=str(path)), messages.Kept)
    if all(map(kept.is_late, reply.reads)):
        raise WorkerError(_describe_late(reply.reads[-1]))
    return load_arrays(path)


def _repeat(worker: Worker, *, path: Path) -> Arrays:
    worker.request(messages.RepeatKept(save_to=str(path)), messages.Done)
    return load_arrays(path)


def _run_first(worker: Worker, *, path: Path) -> Arrays:
    request = messages.RunFirst(steps=FIRST_STEPS, save_to=str(path))
    worker.request(request, messages.Done)
    return load_arrays(path)


def _describe_late(reads: messages.ReadTimes) -> str:
    block, first, second = (
        f"{ns / 1e6:.3g} ms" for ns in (reads.block_ns, reads.first_ns, reads.second_ns)
    )
    return (
        f"work is done after a block: in each of {kept.TRIES} tries, the first reading "
        f"of the parameters took much longer than the second ({first} and {second} "
        f"after a block of {block}). synchronize() must wait for all work"
    )
