"""``graph-compare check``: the card of a model, and what a user types wrongly."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from compare.cli.main import cli
from tests.support.documents import read_result, read_valid
from tests.support.long import long_test

NET = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, width=6):
        super().__init__()
        self.first = nn.Linear(5, width)
        self.norm = nn.BatchNorm1d(width)
        self.head = nn.Linear(width, 3)

    def forward(self, x):
        return {"logits": self.head(torch.relu(self.norm(self.first(x))))}


def raising():
    raise ValueError("the width is wrong")


def no_model():
    return 5


class Failing(Net):
    def forward(self, x):
        return self.head(x)


class Silent(Net):
    def forward(self, x):
        super().forward(x)


def endless():
    while True:
        pass
"""


@pytest.fixture(scope="module")
def net(tmp_path_factory):
    """Return the path of a file with models that work and that fail."""
    path = tmp_path_factory.mktemp("models") / "net.py"
    path.write_text(NET)
    return path


def check(*arguments):
    """Call ``graph-compare check``."""
    return CliRunner().invoke(cli, ["check", *map(str, arguments)])


@pytest.mark.torch
def test_a_model_gets_a_card(net, tmp_path):
    out = tmp_path / "run"

    options = ("--not-timed", "--out", out, "--json", "-")
    done = check(f"{net}:Net", "-v", "torch/trace", *options)

    assert done.exit_code == 0, done.output
    card = read_valid("card", (out / "card.json").read_bytes())
    assert read_result("check", done.stdout)["cards"] == [card]
    (model,) = card["models"]
    assert model["outputs"] == ["logits=float32:8x3"]
    assert (model["trained"], model["buffers"]) == (6, 2)
    assert card["gradient"] == "correct"
    judged = {mode["variant"]: mode["agreement"]["judgement"] for mode in card["modes"]}
    assert set(judged) == {"torch/eager", "torch/trace"}
    assert "wrong" not in judged.values()
    assert [size["size"] for size in card["modes"][1]["sizes"]] == [4, 16, 25]


@pytest.mark.torch
@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        pytest.param(
            ["Missing"], ["importing the file failed", "use one of"], marks=long_test
        ),
        (["raising"], ["building the model failed", "the width is wrong", "net.py:18"]),
        pytest.param(
            ["no_model"],
            ["building the model failed", "nn.Module", "int"],
            marks=long_test,
        ),
        (["Failing"], ["finding its inputs failed", "net.py:27", "--inputs"]),
        pytest.param(["Silent"], ["no floating-point tensor"], marks=long_test),
        pytest.param(
            ["Net", "-i", "float32:8x4"],
            ["running it on its inputs failed", "net.py:14"],
            marks=long_test,
        ),
        (
            ["Net", "--loss", "probabilities:mean_square"],
            ['no output "probabilities"', "logits"],
        ),
        pytest.param(
            ["Net", "--with", "height=3"],
            ["building the model failed", "height"],
            marks=long_test,
        ),
        (["endless", "--time-limit", "8s"], ["no reply to Inspect within 8 s"]),
    ],
)
def test_a_model_that_cannot_be_used_is_refused_with_its_own_line(
    net, tmp_path, arguments, lines
):
    name, *options = arguments
    out = tmp_path / "run"

    done = check(f"{net}:{name}", "--not-timed", "--out", out, *options)

    assert done.exit_code in (1, 2), done.output
    assert "Traceback" not in done.output
    for line in lines:
        assert line in done.output
    assert not out.exists()  # an empty run is not kept


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Missing argument"),
        (["net.py"], "expected path/to/net.py:Net"),
        (["no_such_file.py:Net"], "no_such_file.py is none"),
        (["torch.nn:LSTM", "-v", "tf/eager"], "in which the model is written"),
        (["torch.nn:LSTM", "-v", "torch/eagre"], "did you mean torch/eager"),
        (["torch.nn:LSTM", "--loss", "mse"], "--loss: expected mean_square"),
        (["torch.nn:LSTM", "--optimizer", "adm"], "did you mean adam"),
        (["torch.nn:LSTM", "--learning-rate", "0"], "expected more than 0"),
        (["torch.nn:LSTM", "--inputs", "8x3"], "--inputs: expected float32:8x3x32x32"),
        (["torch.nn:LSTM", "--with", "width"], "--with: expected NAME=VALUE"),
        (
            ["torch.nn:LSTM", "--dtype", "bfloat16"],
            "--dtype: expected float64 or float32",
        ),
        (["torch.nn:LSTM", "--time-limit", "fast"], "--time-limit"),
    ],
)
def test_a_mistake_on_the_command_line_is_explained(arguments, message):
    done = check(*arguments)

    assert done.exit_code == 2, done.output
    assert message in " ".join(done.output.split())
