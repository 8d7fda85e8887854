"""Words after ``%%compare`` become the arguments of a call."""

from __future__ import annotations

import numpy as np
import pytest

from compare.notebook.cell_inputs import read_cell_inputs, split_words


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", []),
        ("x=(8, 10)  y", ["x=(8, 10)", "y"]),
        ("'float32:8x10' z", ["float32:8x10", "z"]),
        ("f[{'a': 1}] --time 2", ["f[{'a': 1}]", "--time", "2"]),
        ("x='a b' \"y\"", ["x='a b'", "y"]),
        ("x=(8, 10", ["x=(8, 10"]),
        ("'a' + 'b'", ["a", "+", "b"]),
    ],
)
def test_words_end_at_spaces_outside_brackets_and_quotes(line, expected):
    assert split_words(line) == expected


def evaluate(text):
    """Return the value of an expression of these tests."""
    return {"(8, 10)": (8, 10), "()": (), "(True, 2)": (True, 2), "v": "value"}[text]


@pytest.mark.parametrize(
    ("word", "dtype", "shape"),
    [
        ("(8, 10)", "float32", (8, 10)),
        ("float64:2x3", "float64", (2, 3)),
        ("int64[3,9):40", "int64", (40,)),
    ],
)
def test_a_shape_becomes_random_numbers(word, dtype, shape):
    (found,) = read_cell_inputs([word], evaluate)
    assert (found.dtype, found.shape) == (dtype, shape)
    assert len(np.unique(found)) > 1


def test_two_shapes_have_different_numbers_and_repeat():
    first, second = read_cell_inputs(["float32:4", "float32:4"], evaluate)
    assert (first != second).all()
    assert (read_cell_inputs(["float32:4"], evaluate)[0] == first).all()


@pytest.mark.parametrize("word", ["()", "(True, 2)", "v"])
def test_what_is_no_shape_is_passed_on(word):
    assert read_cell_inputs([word], evaluate) == (evaluate(word),)


def test_names_become_keyword_arguments():
    found = read_cell_inputs(["x=v", "y=float32:3"], evaluate)
    assert list(found) == ["x", "y"]
    assert found["x"] == "value"
