"""Nested inputs and outputs."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from dataclasses import dataclass

from compare.testing.trees import list_leaves, replace_leaves

Point = namedtuple("Point", "x y")  # noqa: PYI024 - what users have


@dataclass
class Output:
    """What a model returns."""

    logits: float
    hidden: tuple[float, ...] | None = None


def test_leaves_are_listed_with_their_paths():
    tree = {"a": (1, [2]), "b": Point(3, 4), "c": Output(5), "d": OrderedDict(e=6)}
    assert dict(list_leaves(tree)) == {
        "a.0": 1,
        "a.1.0": 2,
        "b.x": 3,
        "b.y": 4,
        "c.logits": 5,
        "d.e": 6,
    }


def test_a_leaf_alone_has_no_path_and_none_is_left_out():
    assert list(list_leaves(7)) == [("", 7)]
    assert list(list_leaves((None, 1))) == [("1", 1)]


def test_replaced_leaves_keep_their_structure():
    tree = {"a": (1, [2]), "b": Point(3, 4)}
    assert replace_leaves(tree, lambda x: 10 * x) == {
        "a": (10, [20]),
        "b": Point(30, 40),
    }
