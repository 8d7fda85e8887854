"""Sequences of other lengths: tried if a model takes them; wrong ones are seen."""

from __future__ import annotations

import pytest

import compare
from tests.support.long import long_test

pytestmark = pytest.mark.torch

HEAD = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(20, 6)
        self.head = nn.Linear(6, 2)

    def forward(self, x):
        found = self.tokens(x)
        {line}
        return self.head(mean)
"""


@pytest.fixture
def check(tmp_path):
    """Return a function that checks a model with this line."""

    def check_line(line):
        (tmp_path / "net.py").write_text(HEAD.replace("{line}", line))
        return compare.check(
            f"{tmp_path / 'net.py'}:Net",
            inputs=("int64[0,20):4x6",),
            variants=("torch/trace",),
            timed=False,
            out=tmp_path / "run",
        ).card

    return check_line


def test_a_length_that_became_a_constant_of_a_graph_is_wrong(check):
    eager, trace = check("mean = found.sum(1) / float(x.shape[1])").modes

    sizes = [(each.size, each.length) for each in eager.sizes]
    assert sizes == [(2, 6), (4, 12), (13, 4)]
    assert all(each.agrees for each in eager.sizes)
    assert [each.agrees for each in trace.sizes] == [True, False, False]
    assert trace.agreement.judgement == "wrong on other sizes"


@long_test
def test_a_model_with_a_fixed_length_is_run_on_other_batches_only(check):
    for mode in check("mean = found.reshape(len(x), 6, 6).mean(1)").modes:
        assert [(each.size, each.length) for each in mode.sizes] == [
            (2, 0),
            (8, 0),
            (13, 0),
        ]
