"""Gradients of other calls and of parts of a batch, planted and named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.agreement.causes.planting import names


def accumulate(session):
    sums = {}

    def run(state, batch):
        now = session.step(state, batch)
        for name, g in now.gradients.items():
            sums[name] = sums.get(name, 0.0) + g
        return session.end(state, now, dict(sums))

    return run


def use_the_gradients_before(session):
    before = {}

    def run(state, batch):
        now = session.step(state, batch)
        used = dict(before) or now.gradients
        before.update(now.gradients)
        return replace(now, parameters=session.update(state, used))

    return run


def update_first(session):
    before = {}

    def run(state, batch):
        moved = session.update(state, before) if before else state
        now = session.step(moved, batch)
        before.update(now.gradients)
        return replace(now, parameters=moved)

    return run


@pytest.mark.parametrize(
    ("name", "words", "plant"),
    [
        (
            "gradients_not_zeroed",
            "gradients are not set to zero: they accumulate from call to call",
            accumulate,
        ),
        (
            "stale_gradient",
            "the update uses the gradients of the step before",
            use_the_gradients_before,
        ),
        (
            "update_before_backward",
            "the gradients of the step before update the parameters before the forward "
            "pass",
            update_first,
        ),
    ],
)
def test_gradients_of_calls_before_are_named(mlp, name, words, plant):
    (cause,) = mlp.causes(plant(mlp), is_called_twice=True)
    assert (cause.name, cause.explanation) == (name, words)


@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize("is_loss", [True, False])
def test_micro_batches_of_unequal_size_are_named(mlp, size, is_loss):
    def run(state, batch):
        parts = [
            mlp.step(state, {n: a[i : i + size] for n, a in batch.items()})
            for i in range(0, len(batch["targets"]), size)
        ]
        now = mlp.step(state, batch)
        mean = {n: sum(part.gradients[n] for part in parts) / len(parts) for n in state}
        loss = sum(part.loss for part in parts) / len(parts)
        return mlp.end(state, replace(now, loss=loss) if is_loss else now, mean)

    found = mlp.causes(run)
    assert names(found) == ["micro_batches"]
    assert found[0].explanation == (
        f"micro-batches of {size} samples, the last one smaller, are averaged with "
        "equal weights"
    )


@pytest.mark.parametrize(("power", "how"), [(1, "too small"), (-1, "too large")])
@pytest.mark.parametrize(
    ("is_loss", "what"), [(True, "the loss and its gradients"), (False, "gradients")]
)
def test_the_wrong_count_in_an_uneven_batch_is_named(uneven, power, how, is_loss, what):
    def run(state, batch):
        now = uneven.step(state, batch)
        factor = (len(batch["targets"]) / 7) ** power
        scaled = {name: factor * g for name, g in now.gradients.items()}
        loss = factor * now.loss if is_loss else now.loss
        return uneven.end(state, replace(now, loss=loss), scaled)

    (cause,) = uneven.causes(run)
    assert cause.name == "last_batch_scaled"
    assert cause.explanation == (
        f"{what} of an uneven batch are {how} by the ratio of its size to that of a "
        "whole batch"
    )
