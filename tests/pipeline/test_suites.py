"""Suites: the built-in ones, and the messages for invalid ones."""

from __future__ import annotations

import os

import pytest

from compare.errors import CompareError
from compare.frameworks import find_counterpart
from compare.pipeline.suites import BUILT_IN, workload_names
from compare.pipeline.suites.suite import load_suite

CHAIN = "[[workload]]\nname = 'chain'"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("quick", {"two_layer", "cnn"}),
        ("full", {"two_layer", "cnn"}),
        ("dynamic", {"rnn", "modular", "tree"}),
        ("fusion", {"chain", "layers"}),
        ("keras", {"two_layer"}),
    ],
)
def test_a_built_in_suite_has_its_workloads(name, expected):
    suite = load_suite(name)
    assert {w.name for w in suite.workload} == expected
    assert suite.launches >= 2


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_workload_names_of_a_built_in_suite_are_read_without_building(name):
    assert workload_names(name) == {w.name for w in load_suite(name).workload}


def test_the_full_suite_has_larger_sizes_with_their_own_labels():
    labels = {w.label: w.config for w in load_suite("full").workload}
    assert labels["two_layer_large"]["hidden"] == 4096
    assert labels["two_layer_large"]["batch"] == 512
    assert labels["cnn_large"]["image_size"] == 64


def test_the_dynamic_suite_has_every_padding_of_the_same_sequences():
    of_rnn = [w.config for w in load_suite("dynamic").workload if w.name == "rnn"]
    paddings = [config.pop("padding", "none") for config in of_rnn]
    assert sorted(paddings) == ["bucket", "longest", "none"]
    assert all(config == of_rnn[0] for config in of_rnn)


def test_only_the_full_suite_has_every_mode():
    assert not load_suite("quick").every_mode
    assert load_suite("full").every_mode


def test_the_suite_of_grids_has_variants_and_sweeps_of_its_own():
    suite = load_suite("fusion")
    assert suite.variants[0] == "torch/eager"
    assert {w.label for w in suite.workload} == set(suite.sweeps)
    assert suite.sweeps["chain"]["operations"] == [1, 10, 100, 1000]


def test_the_suite_of_keras_has_both_sides_of_each_pair():
    variants = load_suite("keras").variants
    above = [each for each in variants if find_counterpart(each)]
    assert len(variants) == 2 * len(above) == 8
    assert {find_counterpart(each) for each in above} == {*variants} - {*above}


def test_a_user_s_suite_is_a_path(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('[[workload]]\nname = "two_layer"\nhidden = 7\n')
    assert load_suite(str(path)).workload[0].config == {"hidden": 7}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("launches = ", "not readable as TOML"),
        ("lunches = 3", "did you mean launches?"),
        ('launches = "three"\n[[workload]]\nname = "cnn"', "launches"),
        ('launches = 1\n[[workload]]\nname = "cnn"', "launches: expected at least 2"),
        ('block_ms = -1\n[[workload]]\nname = "cnn"', "block_ms"),
        ("", "expected at least one"),
        ("block_ms = nan\n[[workload]]\nname = 'cnn'", "block_ms"),
        ("[[workload]]\nname = 'cnn'\nlabel = '/proc/x'", "label: expected letters"),
        (f"variants = ['torch']\n{CHAIN}", "variants: mode: expected letters"),
        (f"{CHAIN}\n[sweeps.chian]\nwidth = [1]", "sweeps: expected chain"),
        (f"{CHAIN}\n[sweeps.chain]\nwidth = [1, 2]", "expected two sizes with"),
        (
            f"{CHAIN}\n[sweeps.chain]\nwidth = [1, 1]\noperations = [1, 2]",
            "two or more different values",
        ),
        (f"{CHAIN}\n[sweeps.chain]\nwidth = ['x']", "sweeps"),
        ("workload = 3", r"expected \[\[workload\]\] tables"),
        ("[[workload]]\nhidden = 3", "has no name"),
        ('[[workload]]\nname = "cn"', "did you mean cnn?"),
        ('[[workload]]\nname = "cnn"\nhiden = 3', "expected data, image_size"),
        ('[[workload]]\nname = "two_layer"\nhidden = "x"', "hidden"),
        ('[[workload]]\nname = "cnn"\n[[workload]]\nname = "cnn"', "different label"),
    ],
)
def test_the_message_names_the_invalid_key(tmp_path, text, message):
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(CompareError, match=message):
        load_suite(str(path))


def test_a_binary_suite_file_is_an_error(tmp_path):
    path = tmp_path / "binary.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CompareError, match="not readable as TOML"):
        load_suite(str(path))


def test_a_deeply_nested_suite_file_is_an_error(tmp_path):
    path = tmp_path / "deep.toml"
    path.write_text("a = " + "[" * 100_000)
    with pytest.raises(CompareError, match="not readable as TOML"):
        load_suite(str(path))


@pytest.mark.parametrize("kind", ["a folder", "a named pipe"])
def test_a_suite_that_is_no_file_is_an_error(tmp_path, kind):
    path = tmp_path / "strange.toml"
    path.mkdir() if kind == "a folder" else os.mkfifo(path)
    with pytest.raises(CompareError, match=f"cannot be read: .*received {kind}"):
        load_suite(str(path))


def test_the_message_for_an_unknown_suite_names_the_nearest():
    with pytest.raises(CompareError, match="did you mean quick"):
        load_suite("quik")
