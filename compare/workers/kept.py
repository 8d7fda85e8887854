"""Keep the results of a timed block, and repeat its steps one by one.

The repetition uses the checked path: freshly placed batches, and each loss is read
before the next step. A session whose timed steps do less work than checked ones, or do
it later, gets other results.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from time import perf_counter_ns
from typing import TYPE_CHECKING

from compare.contract import LOSS, TensorKind, key_by_quantity
from compare.workers.messages import ReadTimes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.contract import Array, Arrays, Batch, PlacedLoss, Session

# The first reading of the parameters includes work that was put off if it takes more
# than this share of the block, and this many times as long as the second reading.
LATE_SHARE, LATE_FACTOR = 0.5, 10
TRIES = 3  # a reading may also be slow because the machine is busy
# A step that leaves out every n-th update must not be in phase with its repetition.
PHASES = 12  # a multiple of 2, 3 and 4


@dataclass(frozen=True, kw_only=True)
class KeptBlock:
    """The results of a block, and where its steps started."""

    lead_in: int
    steps: int
    first_batch: int  # position in the cycle of batches
    first_call: int  # steps of the session before it
    quantities: Arrays
    reads: ReadTimes

    @property
    def all_steps(self) -> int:
        """The number of steps, lead-in included."""
        return self.lead_in + self.steps


def time_reading(
    session: Session, loss: PlacedLoss, *, block_ns: int
) -> tuple[Arrays, ReadTimes]:
    """Return loss and parameters after a block, and how long reading them took."""
    start = perf_counter_ns()
    parameters = session.parameters()
    middle = perf_counter_ns()
    session.parameters()
    end = perf_counter_ns()
    reads = ReadTimes(
        block_ns=block_ns, first_ns=middle - start, second_ns=end - middle
    )
    return collect_quantities(session.read_loss(loss), parameters), reads


def collect_quantities(loss: Array, parameters: Arrays) -> Arrays:
    """Return a loss and parameters by the text form of each quantity."""
    return {LOSS: loss, **key_by_quantity(parameters, TensorKind.PARAMETER)}


def is_late(reads: ReadTimes) -> bool:
    """Return whether the first reading probably included work of the block."""
    return (
        reads.first_ns > LATE_SHARE * reads.block_ns
        and reads.first_ns > LATE_FACTOR * reads.second_ns
    )


def count_shift(kept: KeptBlock, *, calls: int) -> int:
    """Return how many steps to run first, so that a repetition is out of phase."""
    return (1 - (calls - kept.first_call)) % PHASES


def repeat_steps(session: Session, batches: Iterator[Batch], *, steps: int) -> Arrays:
    """Run steps one by one, reading each loss, and return the last results."""
    for batch in islice(batches, steps):
        loss = session.read_loss(session.step(session.place(batch)))
    return collect_quantities(loss, session.parameters())
