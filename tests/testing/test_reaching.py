"""Which objects a function refers to."""

from __future__ import annotations

import functools
import textwrap
from types import FunctionType

import pytest

from compare.testing.reaching import MAX_OBJECTS, reach

GLOBAL = {"of": "a module"}


class Wanted:
    """What is searched for."""


class Holder:
    """An object that can be called and has a part."""

    def __init__(self, part):
        self.part = part

    def __call__(self):
        return self.part

    def method(self):
        return self.part


def find(function):
    return reach(function, is_wanted=lambda v: isinstance(v, Wanted)).objects


def test_closures_partials_methods_and_attributes_are_followed():
    part = Wanted()
    for function in (
        lambda: part,
        functools.partial(lambda x: x, part),
        functools.partial(lambda x: x, x=[part]),
        Holder(part),
        Holder(part).method,
        lambda x=part: x,
        functools.wraps(lambda: part)(lambda: None),
        lambda: lambda: part,
    ):
        assert list(find(function).values()) == [part]


def test_a_part_is_called_like_the_variable_that_holds_it():
    net = Wanted()
    assert list(find(lambda: net)) == ["net"]
    assert list(find(lambda: [net])) == ["net"]


def test_globals_that_the_code_names_are_found_and_attributes_are_not():
    holder = Holder(None)
    assert GLOBAL

    def names_an_attribute():
        return holder.Wanted

    def names_a_global():
        return Wanted

    classes = [
        bool(reach(f, is_wanted=lambda v: v is Wanted).objects)
        for f in (names_an_attribute, names_a_global)
    ]
    assert classes == [False, True]


def test_the_packages_that_a_function_uses_are_named():
    found = reach(lambda: textwrap.dedent(""), is_wanted=lambda _: False)
    assert "textwrap" in found.packages


def test_structures_without_end_are_searched_once():
    endless = []
    endless.append(endless)
    assert find(lambda: endless) == {}


def wrap(function, *, package):
    """Return a wrapper as a package makes it: its own globals, the function's names."""
    used = {"__name__": f"{package}.inner", "hidden": Wanted()}
    code = (lambda: hidden).__code__  # noqa: F821 - a global of the package
    return functools.update_wrapper(FunctionType(code, used), function)


@pytest.mark.parametrize(("package", "count"), [("library", 1), ("own", 2)])
def test_of_a_wrapper_of_a_library_only_what_it_wraps_is_followed(package, count):
    part = Wanted()
    wrapper = wrap(lambda: part, package=package)
    found = reach(
        wrapper, is_wanted=lambda v: isinstance(v, Wanted), libraries={"library"}
    )
    assert len(found.objects) == count
    assert part in found.objects.values()


@pytest.mark.parametrize(("length", "is_found"), [(10, True), (MAX_OBJECTS, False)])
def test_a_long_list_is_not_followed_to_its_end(length, is_found):
    held = [*[1] * length, Wanted()]
    assert bool(find(lambda: held)) == is_found
