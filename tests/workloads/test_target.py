"""The data of a user's model, at its own and at other sizes."""

from __future__ import annotations

import pytest

from compare.workloads.target import (
    ArraySpec,
    Size,
    TargetWorkload,
    find_length,
    further_lengths,
    resize,
)

TOKENS = ArraySpec(shape=(8, 16), kind="int64", high=9)
MASK = ArraySpec(shape=(8, 16), kind="bool")
VECTORS = ArraySpec(shape=(8, 16, 4))
FEATURES = ArraySpec(shape=(8, 16))
IMAGES = ArraySpec(shape=(8, 3, 16, 16))
LABELS = ArraySpec(shape=(8,), kind="int64")


@pytest.mark.parametrize(
    ("inputs", "length"),
    [
        ([TOKENS], 16),
        ([TOKENS, MASK, VECTORS], 16),
        ([TOKENS, FEATURES], 16),
        ([FEATURES], 0),
        ([IMAGES], 0),
        ([ArraySpec(shape=(8, 2, 4))], 0),
        ([TOKENS, ArraySpec(shape=(8, 12, 4))], 0),
    ],
)
def test_sequences_are_tokens_and_vectors_of_one_length(inputs, length):
    assert find_length(inputs) == length


def test_batches_and_sequences_are_resized_together():
    before, size = Size(batch=8, length=16), Size(batch=3, length=20)
    found = resize([TOKENS, VECTORS, FEATURES, LABELS], size, before=before)
    assert [spec.shape for spec in found] == [(3, 20), (3, 20, 4), (3, 16), (3,)]


def test_arrays_of_another_length_than_the_batch_keep_it():
    found = resize([ArraySpec(shape=(5, 16))], Size(batch=3), before=Size(batch=8))
    assert found[0].shape == (5, 16)


@pytest.mark.parametrize("length", [3, 4, 16, 17])
def test_further_lengths_are_a_longer_and_a_shorter_one(length):
    longer, shorter = further_lengths(length)
    assert longer > length > shorter > 0


def test_a_resized_workload_draws_batches_of_its_size():
    workload = TargetWorkload(
        sources={}, inputs=(TOKENS,), targets=(LABELS,), length=16
    )
    resized = workload.resized(Size(batch=2, length=5))
    batch = next(resized.batches("float32"))
    assert batch["inputs.0"].shape == (2, 5)
    assert batch["targets.0"].shape == (2,)
