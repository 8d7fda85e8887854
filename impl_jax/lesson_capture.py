"""A lesson's functions under jax.jit: what is captured, how often."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from types import FunctionType, ModuleType
from typing import Any, TypeVar

import jax
import numpy as np
from compare.contract import FunctionCapture

ARRAYS = (jax.Array, np.ndarray)
Result = TypeVar("Result")


class Refused(BaseException):
    """Ends a program in which a function cannot be captured."""


@dataclass
class Watched:
    """One function: how often it is called, and captured."""

    name: str
    calls: int = 0
    captures: int = 0
    breaks: int = 0
    has_given_up: bool = False
    reason: str = ""


class FoundFunctions:
    """The functions of a program in one run.

    Args:
        refused: function -> why it could not be captured in an earlier run.
    """

    def __init__(self, refused: dict[str, str]) -> None:
        self.refused = refused
        self.functions: dict[str, Watched] = {}

    def add(self, name: str) -> Watched:
        """Return a new entry."""
        watched = Watched(name, reason=self.refused.get(name, ""))
        self.functions[name] = watched
        return watched

    def find_refused(self) -> dict[str, str]:
        """Return the functions that cannot be captured, and why."""
        return {n: f.reason for n, f in self.functions.items() if f.reason}


def capture_program(
    run: Callable[[Callable[[ModuleType], None]], Result],
) -> tuple[list[FunctionCapture], Result]:
    """Run a program whose functions of arrays are captured.

    A function that cannot be captured is left as it is in another run.

    Args:
        run: runs the program, after a function has changed its module.
    """
    refused: dict[str, str] = {}
    while True:
        found = FoundFunctions(refused)
        try:
            result = run(partial(watch_module, found))
        except (Refused, Exception):  # also wrapped, by a thread of a data set
            before, refused = refused, found.find_refused()
            if len(refused) == len(before):
                raise
        else:
            return [
                FunctionCapture(**vars(each))
                for each in found.functions.values()
                if each.calls
            ], result


def watch_module(found: FoundFunctions, module: ModuleType) -> None:
    """Let the functions of a module be captured; Flax captures its methods."""
    for name, value in [*vars(module).items()]:
        is_own = getattr(value, "__module__", "") == module.__name__
        if is_own and isinstance(value, FunctionType) and name != "main":
            setattr(module, name, watch(value, name, found))


def watch(
    function: Callable[..., Any], name: str, found: FoundFunctions
) -> Callable[..., Any]:
    """Return a function that is captured when it gets arrays."""
    if inspect.isgeneratorfunction(function):
        return function
    watched = found.add(name)

    def trace(arrays: Any, others: Any, tree: Any) -> Any:
        watched.captures += 1
        arguments, options = join_arguments(arrays, others, tree)
        return function(*arguments, **options)

    captured = jax.jit(trace, static_argnums=(1, 2))

    @wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        leaves, tree = jax.tree.flatten((arguments, options))
        is_inner = any(isinstance(each, jax.core.Tracer) for each in leaves)
        if is_inner or not any(isinstance(each, ARRAYS) for each in leaves):
            return function(*arguments, **options)
        watched.calls += 1
        if watched.reason:
            return function(*arguments, **options)
        arrays = [
            each if isinstance(each, ARRAYS) else None for each in leaves
        ]
        others = tuple(
            None if isinstance(each, ARRAYS) else each for each in leaves
        )
        try:
            return captured(arrays, others, tree)
        except Exception as error:
            watched.reason = describe_error(error)
            raise Refused from error

    return call


def join_arguments(arrays: Any, others: Any, tree: Any) -> Any:
    """Return the arguments of a function and its options."""
    leaves = [
        other if array is None else array
        for array, other in zip(arrays, others, strict=True)
    ]
    return jax.tree.unflatten(tree, leaves)


def describe_error(error: Exception) -> str:
    """Return the first line of why a function cannot be captured."""
    return str(error).strip().splitlines()[0]
