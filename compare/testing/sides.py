"""The two sides of a comparison: which framework each belongs to, and what it uses."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from compare.errors import UsageError
from compare.frameworks import frameworks_with
from compare.testing import numpy_functions
from compare.testing.reaching import reach
from compare.testing.sessions import SessionSteps, is_session
from compare.testing.trees import list_leaves
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from compare.contract import CallablesModule, Framework, RoundingModule, Session
    from compare.testing.calls import Call

__tracebackhide__ = True  # pytest then shows the line of the test

NUMPY = "numpy"


@dataclass(frozen=True, kw_only=True)
class ComparedFunction:
    """A function or constant values, with the framework that computes it.

    Attributes:
        name: the argument of the assertion, ``a`` or ``b``.
        function: takes the inputs, in tensors of the framework.
        framework: its short name, or ``numpy``.
        callables: how functions of the framework are called.
        rounding: how rounding is simulated; None if it cannot be.
        objects: the models, tensors and optimizers that the function uses.
        is_constant: the function only returns values that were given.
        takes_arrays: the function takes and returns arrays of NumPy.
        keeping: puts back, at its end, a state that the objects do not hold.
    """

    name: str
    function: Callable[..., Any]
    framework: str = NUMPY
    callables: CallablesModule = numpy_functions
    rounding: RoundingModule | None = None
    objects: Mapping[str, Any]
    is_constant: bool = False
    takes_arrays: bool = False
    keeping: Callable[[], AbstractContextManager[None]] = nullcontext

    @property
    def model(self) -> object:
        """The first object with a state, which determines a device."""
        return next(iter(self.objects.values()), None)


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A framework that this process has imported."""

    framework: Framework
    callables: CallablesModule

    def owns(self, value: object) -> bool:
        """Return whether a value is a tensor, model or optimizer of the framework."""
        return self.callables.is_tensor(value) or self.callables.holds_state(value)

    @property
    def packages(self) -> set[str]:
        """The framework and those that are built on it."""
        names = {self.framework.module, *self.framework.built_on_it}
        return {*names, *self.framework.also_needs}

    def is_used_in(self, packages: set[str]) -> bool:
        """Return whether one of these packages is the framework or built on it."""
        return bool(packages & self.packages)


def find_loaded() -> Sequence[Loaded]:
    """Return the frameworks that this process has imported; none is imported here."""
    return [
        Loaded(framework=each, callables=import_module(f"{each.package}.callables"))
        for each in _list_supported()
        if each.module in sys.modules
    ]


@cache
def _list_supported() -> Sequence[Framework]:
    """Return the frameworks with callables: every tensor asks, and folders are read."""
    return tuple(frameworks_with("callables").values())


def find_owner(value: object) -> CallablesModule:
    """Return what handles a tensor: its framework, or NumPy for anything else."""
    owners = (each.callables for each in find_loaded())
    return next((each for each in owners if each.is_tensor(value)), numpy_functions)


def find_side(value: object, *, name: str, calls: Sequence[Call]) -> ComparedFunction:
    """Return a side of a comparison.

    Args:
        value: a function, model or other callable; or a tensor, an array, or a
            structure of these, which is compared as it is.
        name: of the argument, for messages.
        calls: a function that names no framework belongs to that of its inputs.

    Raises:
        UsageError: it is neither, or it uses several frameworks.
    """
    loaded = find_loaded()
    if is_session(value):
        return _find_session(value, name=name, loaded=loaded)
    if not callable(value):
        return _find_constant(value, name=name)
    reached = reach(
        value,
        is_wanted=lambda v: any(each.owns(v) for each in loaded),
        libraries={package for each in loaded for package in each.packages},
    )
    owners = [
        each for each in loaded if any(map(each.owns, reached.objects.values()))
    ] or [each for each in loaded if each.is_used_in(reached.packages)]
    if not owners and NUMPY not in reached.packages:
        owners = _owners_of(calls, loaded)
    if not owners:
        return _find_numpy(value, name=name)
    if len(owners) > 1:
        titles = join_words([o.framework.title for o in owners], conjunction="and")
        raise UsageError(
            f"{name}: expected a function of one framework; {describe_value(value)} "
            f"uses {titles}. Convert the values outside of it"
        )
    (owner,) = owners
    return ComparedFunction(
        name=name,
        function=value,
        framework=owner.framework.name,
        callables=owner.callables,
        rounding=_find_rounding(owner.framework),
        objects={k: v for k, v in reached.objects.items() if owner.owns(v)},
    )


def describe_value(value: object) -> str:
    """Return the name of a function or the class of an object."""
    return getattr(value, "__qualname__", type(value).__qualname__)


def _find_constant(value: object, *, name: str) -> ComparedFunction:
    leaves = [leaf for _, leaf in list_leaves(value)]
    owner = find_owner(leaves[0]) if leaves else numpy_functions
    if not leaves or not all(find_owner(x).is_tensor(x) for x in leaves):
        raise UsageError(
            f"{name}: expected a function, a model, a tensor or an array; "
            f"received {describe_value(value)}"
        )
    return ComparedFunction(
        name=name,
        function=lambda *_, **__: value,
        callables=owner,
        objects={},
        is_constant=True,
    )


def _find_session(
    session: Session, *, name: str, loaded: Sequence[Loaded]
) -> ComparedFunction:
    steps = SessionSteps(session)
    package = type(session).__module__.partition(".")[0]
    owner = next((x for x in loaded if x.framework.package == package), None)
    return ComparedFunction(
        name=name,
        function=steps,
        framework=owner.framework.name if owner else NUMPY,
        callables=owner.callables if owner else numpy_functions,
        rounding=_find_rounding(owner.framework) if owner else None,
        objects={},
        takes_arrays=True,
        keeping=steps.keeping_parameters,
    )


def _find_numpy(value: Callable[..., Any], *, name: str) -> ComparedFunction:
    reached = reach(value, is_wanted=numpy_functions.holds_state)
    return ComparedFunction(name=name, function=value, objects=reached.objects)


def _owners_of(calls: Sequence[Call], loaded: Sequence[Loaded]) -> list[Loaded]:
    leaves = [
        leaf for call in calls for _, leaf in list_leaves([call.positional, call.named])
    ]
    return [each for each in loaded if any(map(each.callables.is_tensor, leaves))]


def _find_rounding(framework: Framework) -> RoundingModule | None:
    try:
        module: RoundingModule = import_module(f"{framework.package}.rounding")
    except ModuleNotFoundError:
        return None
    return module
