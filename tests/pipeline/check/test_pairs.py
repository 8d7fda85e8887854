"""Two models in one run: a correct port agrees, and planted defects are found."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

import compare
from compare.cli.main import cli
from tests.support.long import long_test

pytestmark = [pytest.mark.torch, pytest.mark.tf]

NET = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3)
        self.square = nn.Linear(6, 6)
        self.norm = nn.LayerNorm(6)
        self.head = nn.Linear(6, 2)

    def forward(self, x):
        x = torch.relu(self.conv(x)).mean((2, 3))
        return self.head(self.norm(self.square(x)))
"""
# The square matrix is stored as PyTorch stores it.
PORT = """
import keras
import tensorflow as tf
from keras import layers

class Transposed(layers.Layer):
    def build(self, shape):
        self.kernel = self.add_weight(shape=(6, 6), name="kernel")
        self.bias = self.add_weight(shape=(6,), name="bias")

    def call(self, x):
        return tf.matmul(x, self.kernel, transpose_b=True) + self.bias

def build_net():
    return keras.Sequential([
        keras.Input((7, 8, 3)),
        layers.Conv2D(6, 3, activation="relu"),
        layers.GlobalAveragePooling2D(),
        Transposed(),
        layers.LayerNormalization(epsilon=1e-5),
        layers.Dense(2),
    ])
"""
WORKLOAD = """
from dataclasses import dataclass
import numpy as np
from compare.contract import Optimizer

@dataclass(frozen=True, kw_only=True)
class Workload:
    seed: int = 0
    loss = "mean_square"
    optimizer = Optimizer(name="sgd", learning_rate=0.25)
    sizes = {"width": 5}

    def batches(self, dtype, *, epoch=0):
        rng = np.random.default_rng(self.seed)
        shape = (4, 5)
        yield {"x": rng.standard_normal(shape), "targets": rng.standard_normal(shape)}
"""
SCALED = """
import torch
from torch import nn

class Model(nn.Module):
    def __init__(self, *, width, dtype):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(width, dtype=dtype))
        self.beta = nn.Parameter(torch.zeros(width, dtype=dtype))

    def forward(self, x):
        return x * self.gamma + self.beta
"""
SWAPPED = """
import tensorflow as tf

class Model(tf.Module):
    def __init__(self, *, width, dtype):
        super().__init__()
        self.gamma = tf.Variable(tf.ones(width, dtype))
        self.beta = tf.Variable(tf.zeros(width, dtype))

    def __call__(self, x):
        return x * self.beta + self.gamma
"""


EAGER = ("-v", "torch/eager", "-v", "tf/eager", "--dtype", "float64")


def check(*arguments):
    """Call ``graph-compare check`` without timing."""
    return CliRunner().invoke(cli, ["check", *map(str, arguments), "--not-timed"])


def verdicts(folder):
    """Return the verdicts on each variant against the reference."""
    rows = compare.load_run(folder).agreement
    rows = rows[rows["against"] == "reference"]
    return {
        "/".join(names): set(each["verdict"])
        for names, each in rows.groupby(["framework", "mode"])
    }


@long_test
def test_a_correct_port_agrees_and_outputs_decide_what_shapes_leave_open(tmp_path):
    (tmp_path / "net.py").write_text(NET)
    (tmp_path / "port.py").write_text(PORT)

    done = check(
        *EAGER,
        f"torch={tmp_path / 'net.py'}:Net",
        f"tf={tmp_path / 'port.py'}:build_net",
        *("--inputs", "float32:4x3x7x8", "--out", tmp_path / "run"),
        *("--write-mapping", tmp_path / "map.toml"),
    )

    assert done.exit_code == 0, done.output
    assert "disagrees" not in verdicts(tmp_path / "run")["tf/eager"]
    text = (tmp_path / "map.toml").read_text()
    assert '"sequential.transposed.kernel" = { to = "square.weight" }' in text
    assert '{ to = "conv.weight", axes = [2, 3, 1, 0] }' in text
    assert '"0" = { axes = [0, 2, 3, 1] }' in text


def test_a_scale_and_a_shift_that_are_swapped_in_a_folder_disagree(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "workload.py").write_text(WORKLOAD)
    (folder / "model_torch.py").write_text(SCALED)
    (folder / "model_tf.py").write_text(SWAPPED)

    done = check(folder, *EAGER, "--out", tmp_path / "run")

    assert done.exit_code == 1, done.output
    found = verdicts(tmp_path / "run")
    assert "disagrees" in found["tf/eager"]
    assert "disagrees" not in found["torch/eager"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["torch=net.py:Net", "--mapping", "map.toml"],
            "--mapping: expected two models",
        ),
        (["torch=net.py:Net", "--write-mapping", "map.toml"], "expected two models"),
        (["mine", "--loss", "mean_square"], "received --loss"),
        (["mine", "--with", "depth=3"], 'received "depth"'),
    ],
)
def test_wrong_use_is_explained(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(NET)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "workload.py").write_text(WORKLOAD)
    (tmp_path / "mine" / "model_torch.py").write_text(SCALED)

    done = check(*arguments)

    assert done.exit_code == 2, done.output
    assert message in done.output
