"""Mistakes in the batch: another one, or inputs and targets that do not belong."""

from __future__ import annotations

from functools import partial
from itertools import islice, permutations
from typing import TYPE_CHECKING

import numpy as np

from compare import workloads
from compare.agreement.causes.simulation import Mistake
from compare.contract import LOSS, TensorKind, tensor_kind
from compare.reference.evaluation import as_float64

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from compare.agreement.causes.evidence import Evidence
    from compare.agreement.causes.simulation import Step
    from compare.contract import Array, Arrays, Batch, Snapshot

MOST_CHANNELS = 3  # of images, whose every order is tried
OTHER_BATCHES = 20  # the first batches, which are tried in place of a step's own


def batch_mistakes(evidence: Evidence) -> Iterator[Mistake]:
    """Return the steps with another batch, or with one that was changed."""
    yield from _find_another_batch(evidence)
    own = evidence.batch(evidence.first.expected.step if evidence.first else 0)
    changes = [
        *_list_target_changes(evidence, own),
        *_list_input_changes(evidence, own),
    ]
    for name, explanation, change in changes:
        yield Mistake(
            name=name, explanation=explanation, run=partial(_run_changed, change=change)
        )


def _run_changed(step: Step, *, change: Callable[[Batch], Batch]) -> Snapshot:
    return step.end(step.differentiate(batch=change(step.batch)))


def _find_another_batch(evidence: Evidence) -> Iterator[Mistake]:
    """Return the step with another batch of the same workload."""
    if evidence.first is None:
        return
    number = evidence.first.expected.step
    _, other = _choose_batch(
        evidence, evidence.state, loss=evidence.received[LOSS], own=number
    )
    if other != number:
        yield Mistake(
            name="another_batch",
            explanation=f"step {number} used the batch of step {other}",
            run=_run_another_batch,
        )


def _run_another_batch(step: Step) -> Snapshot:
    batch, _ = _choose_batch(
        step.evidence, step.state, loss=step.received[LOSS], own=step.number
    )
    return step.end(step.differentiate(batch=batch))


def _choose_batch(
    evidence: Evidence, state: Arrays, *, loss: Array, own: int
) -> tuple[Batch, int]:
    """Return the batch whose loss is received, and its step; the own one if none is."""
    stream = workloads.stream(evidence.workload, dtype=evidence.dtype)
    for number, each in enumerate(islice(stream, OTHER_BATCHES)):
        batch = as_float64(each)
        now = evidence.differentiate(state, batch, memory={})
        if number != own and evidence.is_near(loss, now.loss, name=LOSS):
            return batch, number
    return evidence.batch(own), own


def _list_target_changes(
    evidence: Evidence, own: Batch
) -> Iterator[tuple[str, str, Callable[[Batch], Batch]]]:
    """Yield changes of the targets: name, explanation and the change."""
    for shift in (1, -1):
        yield (
            "targets_shifted",
            f"targets belong to the {'previous' if shift > 0 else 'next'} sample",
            _change("targets", partial(np.roll, shift=shift, axis=0)),
        )
    if own["targets"].dtype.kind not in "iu":
        return
    *_, last = evidence.state.values()
    for shift in (1, -1):
        yield (
            "labels_shifted",
            f"labels are numbered {'1 higher' if shift > 0 else '1 lower'}",
            _change("targets", partial(_renumber, shift=shift, classes=last.shape[-1])),
        )


def _list_input_changes(
    evidence: Evidence, own: Batch
) -> Iterator[tuple[str, str, Callable[[Batch], Batch]]]:
    """Yield changes of the inputs: name, explanation and the change."""
    yield (
        "inputs_shuffled",
        "inputs are in the reverse order of their targets",
        _change("inputs", lambda x: x[::-1]),
    )
    if rows := _find_order(evidence):
        yield (
            "inputs_shuffled",
            "inputs are in another order than their targets",
            _change("inputs", lambda x: x[rows] if len(rows) == len(x) else x),
        )
    if own["inputs"].dtype.kind == "f":
        yield (
            "inputs_as_bytes",
            "inputs are converted to unsigned bytes, which wrap around",
            _change(
                "inputs", lambda x: x.astype("int64").astype("uint8").astype(float)
            ),
        )
    if own["inputs"].ndim != 4:  # noqa: PLR2004 - images
        return
    for explanation, flipped in (
        ("images are mirrored", lambda x: x[:, :, ::-1]),
        ("images are upside down", lambda x: x[:, ::-1]),
        ("rows and columns of images are swapped", lambda x: x.transpose(0, 2, 1, 3)),
    ):
        yield "image_orientation", explanation, _change("inputs", flipped)
    channels = range(own["inputs"].shape[-1])
    few = len(channels) <= MOST_CHANNELS
    for order in list(permutations(channels))[1:] if few else [channels[::-1]]:
        yield (
            "channels_reordered",
            f"the channels of images are in the order {list(order)}",
            _change("inputs", partial(np.take, indices=order, axis=-1)),
        )


def _renumber(labels: Array, *, shift: int, classes: int) -> Array:
    renumbered: Array = (labels + shift) % classes
    return renumbered


def _change(name: str, function: Callable[[Array], Array]) -> Callable[[Batch], Batch]:
    return lambda batch: {**batch, name: function(batch[name])}


def _find_order(evidence: Evidence) -> list[int]:
    """Return which sample each received row of the first layer's output belongs to.

    The step is evaluated with this order. It is empty without layer outputs, where a
    row is missing, and for orders that are tried anyway.
    """
    names = [n for n in evidence.activations if n in evidence.expected]
    if not names or tensor_kind(names[0]) != TensorKind.ACTIVATION:
        return []
    received, expected = evidence.activations[names[0]], evidence.expected[names[0]]
    if received.shape != expected.shape:
        return []
    rows = expected.reshape(len(expected), -1)
    order = [
        int(np.abs(rows - row).max(axis=1).argmin())
        for row in received.reshape(len(received), -1)
    ]
    own = list(range(len(rows)))
    known = (own, own[::-1], [*own[1:], own[0]], [own[-1], *own[:-1]])
    return order if sorted(order) == own and order not in known else []
