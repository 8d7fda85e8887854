"""What a user types is read without importing a framework or the user's file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compare.errors import DataError, UsageError
from compare.targets.parsing import (
    parse_arguments,
    parse_inputs,
    parse_loss,
    parse_target,
    parse_targets,
)
from compare.workloads.target import ArraySpec

KINDS = st.sampled_from(["float", "int64", "int32", "bool"])
SHAPES = st.lists(st.integers(1, 9), min_size=1, max_size=4).map(tuple)
NAMES = st.sampled_from(["", "tokens", "mask"])


@given(kind=KINDS, shape=SHAPES, name=NAMES, low=st.integers(-3, 3))
def test_an_input_is_read_as_it_is_written(kind, shape, name, low):
    bounds = {"low": low, "high": low + 5} if kind.startswith("int") else {}
    spec = ArraySpec(shape=shape, kind=kind, name=name, **bounds)
    assert parse_inputs([spec.text]) == (spec,)


@pytest.mark.parametrize(
    "text",
    [
        "float32",
        "8x3",
        "float32:8x",
        "float32:0x3",
        "int64[5,2):8",
        "float31:8",
        ":8x3",
    ],
)
def test_a_malformed_input_is_refused_with_an_example(text):
    with pytest.raises(UsageError, match="--inputs"):
        parse_inputs([text])


@pytest.mark.parametrize(
    ("source", "framework"),
    [
        ("import torch", "torch"),
        ("from torch import nn", "torch"),
        ("def f():\n    import tensorflow as tf", "tf"),
        ("from keras import layers", "tf"),
        ("from transformers import BertModel", "torch"),
    ],
)
def test_the_framework_follows_from_the_imports_of_the_file(
    source, framework, tmp_path
):
    path = tmp_path / "net.py"
    path.write_text(source)
    found, parsed = parse_target(f"{path}:Net")
    assert (found, parsed.file, parsed.name) == (framework, str(path), "Net")


def test_a_file_is_not_executed(tmp_path):
    path = tmp_path / "net.py"
    path.write_text("import torch\nraise SystemExit('executed')")
    assert parse_target(f"{path}:Net")[0] == "torch"


@pytest.mark.parametrize("source", ["", "import numpy", "import torch, tensorflow"])
def test_an_ambiguous_framework_must_be_stated(source, tmp_path):
    path = tmp_path / "net.py"
    path.write_text(source)
    with pytest.raises(UsageError, match=r"Write torch=.* or tf="):
        parse_target(f"{path}:Net")
    assert parse_target(f"tf={path}:Net")[0] == "tf"


def test_a_package_is_recognised_by_its_name():
    framework, source = parse_target("torch.nn:LSTM")
    assert (framework, source.module, source.file) == ("torch", "torch.nn", "")


@pytest.mark.parametrize(
    "text", ["net.py", ":Net", "a b:Net", "net:", "torch=", "net.py:1"]
)
def test_a_malformed_target_is_refused_with_an_example(text):
    with pytest.raises(UsageError, match="TARGET"):
        parse_target(text)


def test_an_unknown_framework_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match="torch or tf"):
        parse_target("pytorch=net.py:Net")


def test_a_syntax_error_names_the_line(tmp_path):
    path = tmp_path / "net.py"
    path.write_text("import torch\ndef f(:\n")
    with pytest.raises(DataError, match=r"net\.py:2"):
        parse_target(f"{path}:Net")


def test_two_models_of_one_framework_are_refused():
    with pytest.raises(UsageError, match="two in torch"):
        parse_targets(["torch.nn:LSTM", "torch.nn:GRU"])


def test_arguments_are_literals_or_texts():
    found = parse_arguments(["width=64", "shape=(8, 8)", "mode=same", "flag=True"])
    assert found == {"width": 64, "shape": (8, 8), "mode": "same", "flag": True}


def test_a_loss_may_name_an_output():
    expected = ("mean_square", "cross_entropy")
    assert parse_loss("logits:cross_entropy", expected=expected) == (
        "logits",
        "cross_entropy",
    )
    with pytest.raises(UsageError, match="--loss"):
        parse_loss("cross_entrop", expected=expected)
