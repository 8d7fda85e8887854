"""Which functions of a cell are compared."""

from __future__ import annotations

import pytest

from compare.errors import UsageError
from compare.notebook.cell_functions import select_functions


def a_function(x):
    return x


class ACallable:
    def __call__(self, x):
        return x


def select(source, **namespace):
    """Return the names of the functions of a cell that are compared."""
    return list(select_functions(source, namespace))


def test_functions_come_in_the_order_of_the_cell():
    source = "def z(x): pass\ny = 3\ndef a(x): pass"
    assert select(source, a=a_function, y=3, z=a_function) == ["z", "a"]


def test_a_model_next_to_functions_is_what_they_use():
    source = "net = Net()\ndef one(x): pass"
    assert select(source, net=ACallable(), one=a_function) == ["one"]


def test_models_are_compared_without_functions():
    source = "size: int = 3\nnet: Net = Net()\nfast, slow = net, None"
    given = {"size": 3, "net": ACallable(), "fast": ACallable(), "slow": None}
    assert select(source, **given) == ["net", "fast"]


def test_a_class_is_no_function():
    with pytest.raises(UsageError, match="found none"):
        select("Alias = Net\nclass Net: pass", Alias=ACallable, Net=ACallable)


def test_a_function_that_is_deleted_again_is_not_compared():
    assert select("def a(x): pass\ndef b(x): pass\ndel a", b=a_function) == ["b"]


def test_a_function_defined_twice_is_compared_once():
    assert select("def a(x): pass\ndef a(x): pass", a=a_function) == ["a"]
