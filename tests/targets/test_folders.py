"""The workload of a folder is read, or refused in terms of its file."""

from __future__ import annotations

import re

import numpy as np
import pytest

from compare.targets.folders import MAX_BATCHES, read_workload
from compare.targets.loading import TargetError
from compare.workloads.target import Source

LOSSES = ("mean_square", "cross_entropy")
WORKLOAD = """
from dataclasses import dataclass
import numpy as np
from compare.contract import Optimizer

@dataclass(frozen=True, kw_only=True)
class Workload:
    batch: int = 4
    seed: int = 0
    loss = "cross_entropy"
    optimizer = Optimizer(name="sgd", learning_rate=0.5)
    sizes = {"width": 3}

    def batches(self, dtype, *, epoch=0):
        rng = np.random.default_rng([self.seed, epoch])
        yield {
            "tokens": rng.integers(2, 9, (self.batch, 5)),
            "mask": np.ones((self.batch, 5), bool),
            "targets": rng.integers(0, 3, self.batch),
        }
"""


def read(tmp_path, text=WORKLOAD, **arguments):
    path = tmp_path / "workload.py"
    path.write_text(text)
    source = Source(name="Workload", file=str(path), arguments=arguments)
    return read_workload(source, seed=7, losses=LOSSES)


def test_the_arrays_of_a_batch_are_inputs_except_targets(tmp_path):
    found = read(tmp_path)

    kinds = [spec.kind for spec in found.inputs]
    assert kinds == ["int64", "bool"]
    assert found.inputs[0].shape == (4, 5)
    assert (found.inputs[0].low, found.inputs[0].high) == (2, 9)
    assert [spec.shape for spec in found.targets] == [(4,)]
    assert "0.0.inputs.1" in found.batches
    assert found.sizes == {"width": 3}


def test_fields_and_the_seed_are_passed_to_the_workload(tmp_path):
    one, other = read(tmp_path, batch=6), read(tmp_path, batch=6, seed=1)

    assert one.inputs[0].shape == (6, 5)
    first = "0.0.inputs.0"
    assert not np.array_equal(one.batches[first], other.batches[first])


def test_epochs_are_read_until_enough_batches_are_known(tmp_path):
    assert len({key.split(".")[0] for key in read(tmp_path).batches}) == MAX_BATCHES


def test_an_epoch_that_repeats_is_stored_once(tmp_path):
    text = WORKLOAD.replace("[self.seed, epoch]", "self.seed")

    assert {key.split(".")[0] for key in read(tmp_path, text).batches} == {"0"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"targets"', '"wanted"', "targets in it"),
        ('"cross_entropy"', '"entropy"', 'received the loss "entropy"'),
        ('Optimizer(name="sgd", learning_rate=0.5)', '"sgd"', "str as optimizer"),
        ("        yield {", "        return {", "str as a batch"),
        ('sizes = {"width": 3}', "", "sizes"),
        ("rng = np", "rng = nump", "NameError"),
        ("class Workload", "class Work", 'no name "Workload"'),
    ],
)
def test_a_workload_in_another_form_is_refused(tmp_path, old, new, message):
    with pytest.raises(TargetError) as error:
        read(tmp_path, WORKLOAD.replace(old, new))

    assert re.search(message, error.value.reason)
