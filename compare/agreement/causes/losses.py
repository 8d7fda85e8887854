"""Mistakes in the loss: another reduction, another axis, an epsilon."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from autograd import numpy as traced

from compare.agreement.causes.fitting import fit_factor, is_one
from compare.agreement.causes.layers import network_mistake
from compare.agreement.causes.network import cross_entropy, mean_of_labels, product
from compare.agreement.causes.simulation import Mistake
from compare.contract import LOSS
from compare.quirks.operations import log_softmax, one_hot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from compare.agreement.causes.evidence import Evidence
    from compare.agreement.causes.network import Loss
    from compare.agreement.causes.simulation import Step
    from compare.contract import Array, Batch, Snapshot

EPSILONS = (1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3)
SMOOTHINGS = (0.05, 0.1, 0.2)


def loss_mistakes(evidence: Evidence) -> Iterator[Mistake]:
    """Return the steps with another loss."""
    if evidence.is_spelled_loss:
        return
    yield from _list_reductions(evidence)
    network = evidence.network
    if network is None or network.loss is not cross_entropy:
        return
    for name, explanation, loss in _list_cross_entropies():
        yield network_mistake(name, explanation, replace(network, loss=loss))


def _list_reductions(evidence: Evidence) -> Iterator[Mistake]:
    """Yield another reduction of the loss, or a factor that fits it."""
    received, expected = evidence.received[LOSS], evidence.expected[LOSS]
    factor = fit_factor(received, expected)
    batch, outputs = _count_outputs(evidence)
    known = 0
    for explanation, of_batch in REDUCTIONS.items():
        value = of_batch(batch, outputs)
        if np.isclose(value, factor, rtol=1e-4) and not is_one(value):
            known += 1
            sizes = partial(_scale_by_sizes, of_batch=of_batch, outputs=outputs)
            name = _reduction_name(evidence, of_batch)
            if name not in evidence.workload.respelled:
                yield Mistake(name=name, explanation=explanation, run=sizes)
    if not known and not is_one(factor):
        yield Mistake(
            name="loss_scaled",
            explanation=f"the loss and its gradients are {factor:.6g} times the "
            "expected ones",
            run=partial(_scale_loss, factor=factor),
        )


REDUCTIONS: dict[str, Callable[[int, int], float]] = {
    "the loss is summed over the batch, not averaged": lambda n, _: n,
    "the loss is averaged over the batch, not summed": lambda n, _: 1 / n,
    "the loss is summed over outputs, not averaged": lambda _, o: o,
    "the loss is averaged over outputs as well": lambda _, o: 1 / o,
    "the loss is averaged over all elements, not summed": lambda n, o: 1 / (n * o),
    "the loss is halved": lambda _n, _o: 0.5,
    "the loss is doubled": lambda _n, _o: 2.0,
}


def _reduction_name(evidence: Evidence, of_batch: Callable[[int, int], float]) -> str:
    is_sum = of_batch(7, 5) == 7  # noqa: PLR2004 - the factor is the size of the batch
    if evidence.workload.loss == "cross_entropy" and is_sum:
        return "cross_entropy_reduction"
    return "loss_reduction"


def _count_outputs(evidence: Evidence) -> tuple[int, int]:
    """Return the samples of the first differing step, and the outputs per sample."""
    targets = _batch_of(evidence)["targets"]
    if targets.dtype.kind in "iu":
        *_, last = evidence.state.values()
        return len(targets), last.shape[-1]
    return len(targets), targets[0].size


def _batch_of(evidence: Evidence) -> Batch:
    return evidence.batch(evidence.first.expected.step if evidence.first else 0)


def _scale_by_sizes(
    step: Step, *, of_batch: Callable[[int, int], float], outputs: int
) -> Snapshot:
    return _scale_loss(step, factor=of_batch(len(step.batch["targets"]), outputs))


def _scale_loss(step: Step, *, factor: float) -> Snapshot:
    now = step.differentiate()
    scaled = {name: factor * g for name, g in now.gradients.items()}
    return step.end(now, loss=factor * now.loss, seen=scaled)


def _list_cross_entropies() -> Iterator[tuple[str, str, Loss]]:
    yield "softmax_axis", "the softmax is over the batch, not over classes", _over_batch
    yield "softmax_missing", "outputs are used as log-probabilities", mean_of_labels
    for epsilon in EPSILONS:
        yield (
            "epsilon_in_logarithm",
            f"{epsilon:g} is added to probabilities inside the logarithm",
            partial(_with_epsilon, epsilon=epsilon),
        )
    for share in SMOOTHINGS:
        yield (
            "label_smoothing",
            f"labels are smoothed by {share:g}",
            partial(_smoothed, share=share),
        )
    yield (
        "sigmoid_loss",
        "a sigmoid and a binary cross-entropy take the place of the softmax",
        _binary,
    )


def _over_batch(logits: Any, labels: Array) -> Any:  # noqa: ANN401
    return mean_of_labels(log_softmax(logits.T, einsum=product).T, labels)


def _with_epsilon(logits: Any, labels: Array, *, epsilon: float) -> Any:  # noqa: ANN401
    probability = traced.exp(log_softmax(logits, einsum=product))
    return mean_of_labels(traced.log(probability + epsilon), labels)


def _smoothed(logits: Any, labels: Array, *, share: float) -> Any:  # noqa: ANN401
    logarithm = log_softmax(logits, einsum=product)
    target = (1 - share) * one_hot(labels, like=logarithm) + share / logits.shape[1]
    return -product("nk,nk->", logarithm, target) / len(labels)


def _binary(logits: Any, labels: Array) -> Any:  # noqa: ANN401
    target = one_hot(labels, like=logits)
    each = traced.logaddexp(0, logits) - target * logits
    return traced.sum(each) / each.size
