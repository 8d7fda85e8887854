"""The shares of a batch that replicas of a model train on: data-parallel training.

A batch is split by samples, as evenly as possible. The loss of a share is scaled by its
weight, so that the weighted losses, and with them the gradients, add up to those of the
whole batch. Replicas that weigh uneven shares equally compute something else.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from compare.contract import NO_OPTIMIZER
from compare.wording import format_count, join_words
from compare.workloads import SAMPLED, take_samples

if TYPE_CHECKING:
    from compare.contract import Batch, Workload

SUMS, MEANS = (
    ("sum_of_squares",),
    ("cross_entropy", "squared_error", "mean_square", "token_cross_entropy"),
)


def require_splittable(workload: Workload) -> None:
    """Raise unless replicas can train a workload on shares of its batches.

    Raises:
        NotImplementedError: they cannot; the message states why.
    """
    if workload.optimizer.name == NO_OPTIMIZER:
        raise NotImplementedError(
            "a step is the forward pass alone: replicas have no gradients to average"
        )
    if workload.loss not in (*SUMS, *MEANS):
        raise NotImplementedError(
            f"the loss {workload.loss} of shares does not add up to that of the batch: "
            f"replicas support {join_words((*SUMS, *MEANS))}"
        )


def require_no_buffers(names: list[str]) -> None:
    """Raise if a model has buffers, such as running means of batch normalization.

    Raises:
        NotImplementedError: it has.
    """
    if names:
        raise NotImplementedError(
            f"the model keeps statistics of its batch in {names[0]}: each replica "
            "would compute those of its own share, which are not those of the batch"
        )


def divide_batch(batch: Batch, *, replicas: int) -> list[Batch]:
    """Return the share of each replica, in the order of the samples.

    Some shares have one sample more if the samples cannot be divided.

    Raises:
        NotImplementedError: a share would have no sample.
    """
    count = count_samples(batch)
    if count < replicas:
        raise NotImplementedError(
            f"a batch of {format_count(count, 'sample')} cannot be split over "
            f"{replicas} replicas"
        )
    ends = [count * number // replicas for number in range(replicas + 1)]
    return [take_samples(batch, slice(*bounds)) for bounds in pairwise(ends)]


def weigh_share(share: Batch, *, of: Batch, loss: str) -> float:
    """Return the factor of a share's loss with which all shares add up to the batch."""
    return 1.0 if loss in SUMS else count_samples(share) / count_samples(of)


def count_samples(batch: Batch) -> int:
    """Return the number of samples of a batch."""
    return len(next(array for name, array in batch.items() if name in SAMPLED))
