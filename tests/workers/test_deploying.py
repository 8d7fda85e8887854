"""Cases of an exported model, their expected outputs, and nodes in files."""

from __future__ import annotations

import warnings
from contextlib import contextmanager, nullcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compare.contract import NodeValue
from compare.numerics.arrays import load_arrays
from compare.numerics.dtypes import UNIT_ROUNDOFF
from compare.runners.serving import read_inputs
from compare.workers import messages
from compare.workers.deploying import (
    EXPECTED,
    choose_arithmetic,
    describe_refusal,
    expect_cases,
    list_warnings,
    make_cases,
    read_nodes,
    save_cases,
    save_nodes,
)
from tests.support.documents import read_result
from tests.support.long import long_test

IMAGES = np.arange(24.0).reshape(6, 2, 2)


def sizes_of(batch):
    return {name: array.shape for name, array in batch.items()}


def test_the_second_case_has_half_of_the_rows():
    whole, half = make_cases({"inputs": IMAGES, "targets": np.arange(6)})
    assert np.array_equal(whole["inputs"], IMAGES)
    assert np.array_equal(half["inputs"], IMAGES[:3])
    assert np.array_equal(half["targets"], [0, 1, 2])


def test_an_odd_number_of_rows_is_rounded_down():
    _, half = make_cases({"inputs": np.zeros((5, 2))})
    assert sizes_of(half) == {"inputs": (2, 2)}


@pytest.mark.parametrize(
    "batch",
    [{"inputs": np.zeros((1, 4))}, {"0": np.float64(3.0)}, {"0": np.zeros((0, 4))}],
    ids=["one row", "a number", "no rows"],
)
def test_a_batch_that_cannot_be_halved_is_the_only_case(batch):
    assert [sizes_of(case) for case in make_cases(batch)] == [sizes_of(batch)]


def test_arrays_of_a_built_in_workload_that_have_no_rows_stay_whole():
    # A program of as many steps as the batch has rows.
    batch = {"inputs": np.zeros((6, 2)), "program": np.zeros(6), "targets": np.ones(6)}
    _, half = make_cases(batch)
    assert sizes_of(half) == {"inputs": (3, 2), "program": (6,), "targets": (3,)}


def test_every_input_of_a_user_s_model_with_as_many_rows_is_halved():
    batch = {
        "0": IMAGES,
        "1": np.zeros((6, 5)),
        "2": np.zeros((3, 6)),
        "3": np.ones(()),
    }
    _, half = make_cases(batch)
    assert sizes_of(half) == {"0": (3, 2, 2), "1": (3, 5), "2": (3, 6), "3": ()}


@given(st.integers(2, 40))
def test_both_cases_start_with_the_same_rows(rows):
    whole, half = make_cases({"inputs": np.arange(rows)})
    assert np.array_equal(whole["inputs"][: rows // 2], half["inputs"])


class DoublingSession:
    """Its model is the inputs of a batch; `Own` runs it."""

    def place(self, batch):
        return batch

    def deployed(self, batch):
        return list(batch.values())


class Own:
    """Doubles arrays in place of an implementation package."""

    error = 0.0  # by which simulated rounding moves each result

    def read_inputs(self, model):
        return model

    def run(self, model):
        return [2 * array + self.error for array in model]


class Rounding:
    """Moves the results of `Own` by multiples of the unit roundoff."""

    def __init__(self, own):
        self.own, self.drawn = own, []

    @contextmanager
    def rounded(self, *, unit, underflow, seed):
        self.own.error = (-1) ** seed * (3 - seed) * unit
        yield
        self.own.error = 0.0

    def drawing(self, *, dtype):
        self.drawn.append(dtype)
        return nullcontext()


BATCH = {"inputs": IMAGES.astype("float32"), "lengths": np.array([1, 2])}


def test_the_inputs_of_each_case_are_saved_in_order(tmp_path):
    folders = [tmp_path / "new" / name for name in ("whole", "half")]
    saved = save_cases(BATCH, DoublingSession(), own=Own(), folders=folders)
    assert saved == folders
    images, lengths = read_inputs(folders[1])
    assert np.array_equal(images, BATCH["inputs"][:3])
    assert images.dtype == "float32"
    assert np.array_equal(lengths, [1, 2])


def test_only_the_folders_of_cases_that_exist_are_returned(tmp_path):
    batch = {"inputs": np.zeros((1, 2))}
    folders = [tmp_path / name for name in ("whole", "half")]
    saved = save_cases(batch, DoublingSession(), own=Own(), folders=folders)
    assert saved == folders[:1]
    assert not folders[1].exists()


def test_arrays_that_are_transposed_in_memory_are_saved_row_by_row(tmp_path):
    batch = {"inputs": IMAGES.T}
    save_cases(batch, DoublingSession(), own=Own(), folders=[tmp_path])
    assert b"'fortran_order': False" in (tmp_path / "input_0.npy").read_bytes()
    assert np.array_equal(read_inputs(tmp_path)[0], IMAGES.T)


def test_expected_outputs_are_saved_with_how_far_rounding_moves_them(tmp_path):
    own, folders = Own(), [tmp_path / name for name in ("whole", "half")]
    for folder in folders:
        folder.mkdir()
    rounding = Rounding(own)
    request = messages.ExpectCases(
        state="", folders=list(map(str, folders)), dtype="float32", trials=3
    )
    reply = expect_cases(BATCH, DoublingSession(), request, own=own, rounding=rounding)
    largest = pytest.approx(3 * UNIT_ROUNDOFF["float32"], rel=1e-3)
    assert [[float(d) for d in each] for each in reply.deviations][1][1] == largest
    assert [len(each) for each in reply.deviations] == [2, 2]
    half = load_arrays(folders[1] / EXPECTED)
    assert list(half) == ["0", "1"]
    assert np.array_equal(half["0"], 2 * BATCH["inputs"][:3])
    assert rounding.drawn == 8 * ["float32"], "in both cases once and in each trial"


@pytest.mark.parametrize(("seed", "error"), [(None, 0.0), (1, -2.0)])
def test_operations_are_traced_exactly_or_with_the_rounding_of_a_trial(seed, error):
    own = Own()
    request = messages.TraceModel(save_to="", dtype="float32", seed=seed)
    with choose_arithmetic(request, rounding=Rounding(own)):
        assert own.error == error * UNIT_ROUNDOFF["float32"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("no operator for x"), "ValueError: no operator for x"),
        (ValueError("\n\n  first \nsecond"), "ValueError: first"),
        (ValueError("The following failed:\nx is missing"), "ValueError: x is missing"),
        (ValueError("ValueError: repeated"), "ValueError: repeated"),
        (KeyError(), "KeyError: "),
    ],
)
def test_a_refusal_is_the_type_and_the_first_informative_line(error, words):
    assert describe_refusal(error) == words


def test_a_long_refusal_is_shortened():
    assert len(describe_refusal(ValueError("x" * 10_000))) < 400


def equal(one, other):
    if one is None or other is None:
        return one is other
    return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=True)


NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.one_of(
    st.none(),
    st.lists(st.floats(width=32), max_size=4).map(lambda each: np.array(each, "f4")),
    st.floats().map(np.float64).map(np.asarray),
)
NODES = st.lists(
    st.builds(
        NodeValue,
        name=NAMES,
        operation=NAMES,
        inputs=st.lists(NAMES, max_size=3).map(tuple),
        value=VALUES,
        place=NAMES,
        outputs=st.lists(st.integers(0, 9), max_size=2).map(tuple),
    ),
    max_size=12,
)


@settings(deadline=None, max_examples=40)
@given(NODES)
def test_nodes_are_read_as_they_were_saved(tmp_path_factory, nodes):
    path = tmp_path_factory.mktemp("nodes") / "nodes.json"
    save_nodes(path, nodes)
    found = read_nodes(path)
    assert len(found) == len(nodes)
    for one, other in zip(found, nodes, strict=True):
        assert (one.name, one.operation, one.inputs, one.place) == (
            other.name,
            other.operation,
            other.inputs,
            other.place,
        )
        assert one.outputs == other.outputs
        assert equal(one.value, other.value)


def test_warnings_about_the_model_s_own_lines_are_listed_once():
    def warn_at(file, text):
        return warnings.WarningMessage(UserWarning(text), UserWarning, file, 9)

    own = warn_at("/home/me/net.py", "a tensor became\n a number")
    library = warn_at("/env/site-packages/torch/jit.py", "deprecated")
    found = list_warnings([own, library, own])
    assert found == ["net.py:9: a tensor became a number"]


@pytest.mark.torch
@long_test
def test_a_branch_that_a_trace_holds_is_a_warning_with_its_line(tmp_path, invoke):
    (tmp_path / "net.py").write_text(
        "import torch\nfrom torch import nn\n\n\nclass Net(nn.Linear):\n"
        "    def __init__(self):\n        super().__init__(8, 4)\n\n"
        "    def forward(self, x):\n        y = super().forward(x)\n"
        "        return 2 * y if y.sum().item() > 0 else y\n"
    )
    done = invoke(
        *("deploy", f"{tmp_path / 'net.py'}:Net", "--inputs", "float32:4x8"),
        *("--launches", "0", "--json", tmp_path / "found.json"),
    )
    rows = read_result("deploy", (tmp_path / "found.json").read_bytes())["rows"]
    (trace,) = [row for row in rows if row["format"] == "trace"]
    assert "net.py:11: " in trace["warnings"][0], done.out
