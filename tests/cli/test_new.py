"""``graph-compare new``: what it writes, what it refuses, and that the result runs."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from compare.cli.main import cli

NET = """
from torch import nn
class Net(nn.Sequential):
    def __init__(self, width=6):
        super().__init__(nn.Linear(5, width), nn.ReLU(), nn.Linear(width, 3))
"""
NET_TF = """
import keras
def build_net(width=6):
    return keras.Sequential([
        keras.Input((5,)),
        keras.layers.Dense(width, activation="relu"),
        keras.layers.Dense(3),
    ])
"""


def new(*arguments):
    """Call ``graph-compare new``."""
    return CliRunner().invoke(cli, ["new", *map(str, arguments)])


def test_a_new_folder_is_written_and_the_next_command_printed(tmp_path):
    folder = tmp_path / "mine"

    done = new(folder, "--from", "two_layer")

    assert done.exit_code == 0, done.output
    assert {path.name for path in folder.iterdir()} == {
        "workload.py",
        "model_torch.py",
        "model_tf.py",
    }
    assert f"graph-compare check {folder} --not-timed" in done.output.splitlines()[-1]


def test_the_sizes_of_a_folder_are_listed(tmp_path):
    new(tmp_path / "mine")

    done = CliRunner().invoke(cli, ["list", str(tmp_path / "mine")])

    assert done.exit_code == 0, done.output
    first, *sizes, last = done.output.splitlines()
    assert first.endswith(
        "mine: A chain of dense layers with ReLU between them, on random data."
    )
    assert [line.split()[:2] for line in sizes] == [
        ["batch", "16"],
        ["widths", "20,16,12,5"],
        ["seed", "0"],
        ["replicas", "1"],
    ]
    assert "--set SIZE=VALUE" in last


def test_a_folder_with_files_is_left_as_it_is(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")

    done = new(tmp_path)

    assert done.exit_code == 2
    assert "contains files" in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "mpl"], "did you mean mlp?"),
        (["--from", "cnn", "--for", "net.py:Net"], "received both"),
        (["--for", "none.py:Net"], "expected a Python file"),
    ],
)
def test_wrong_use_is_explained(tmp_path, arguments, message):
    done = new(tmp_path / "mine", *arguments)

    assert done.exit_code == 2
    assert message in done.output
    assert not (tmp_path / "mine").exists()


@pytest.mark.torch
@pytest.mark.tf
def test_a_folder_around_two_models_has_their_data_and_mapping(tmp_path):
    (tmp_path / "net.py").write_text(NET)
    (tmp_path / "net_tf.py").write_text(NET_TF)

    done = new(
        tmp_path / "mine",
        *("--for", f"torch={tmp_path / 'net.py'}:Net"),
        *("--for", f"tf={tmp_path / 'net_tf.py'}:build_net", "--with", "width=4"),
    )

    assert done.exit_code == 0, done.output
    text = (tmp_path / "mine" / "workload.py").read_text()
    assert '"inputs": rng.standard_normal((self.batch, 5))' in text
    assert '"targets": rng.standard_normal((self.batch, 3))' in text
    mapping = (tmp_path / "mine" / "mapping.toml").read_text()
    assert '"sequential.dense.kernel" = { to = "0.weight", axes = [1, 0] }' in mapping
    assert "return Net(width=4)" in (tmp_path / "mine" / "model_torch.py").read_text()
