"""Replicas of TensorFlow compute what one process computes, or are refused."""

from __future__ import annotations

import pytest

from compare.frameworks import find_framework
from tests.impl_torch.test_rounding import run_module

pytestmark = pytest.mark.tf

DEFECTS = (
    "gradients summed",
    "gradients not summed",
    "same share",
    "uneven shares weigh the same",
    "parameters out of step",
)


@pytest.fixture(scope="module")
def found():
    """Return what `replica_checks` prints; this process imports no framework."""
    return run_module("tests.impl_tf.replica_checks")


def test_mirrored_replicas_agree_with_one_device_on_uneven_shares(found):
    assert found["disagreements"][""] == []
    assert found["eager"] == []


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_of_mirrored_replicas_disagrees(found, defect):
    assert found["disagreements"][defect]


def test_batch_normalization_of_mirrored_shares_is_not_that_of_the_batch(found):
    assert found["normalized"] > 0.01
    assert found["refused"].startswith("the model keeps statistics of its batch in ")


def test_xla_is_refused_for_mirrored_replicas_and_fails_with_them(found):
    assert find_framework("tf").replication.refused["xla"]
    assert found["xla"] == "InvalidArgumentError"
