"""A lesson's functions under tf.function: what is captured, how often."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from types import FunctionType, ModuleType
from typing import Any, TypeVar

import tensorflow as tf
from compare.contract import FunctionCapture

from impl_tf.breaks import describe_refusal

METHODS = ("call", "forward", "__call__")
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
    """Run a program whose functions of tensors are captured.

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
    """Let the functions and forward methods of a module be captured."""
    for name, value in [*vars(module).items()]:
        if getattr(value, "__module__", "") != module.__name__:
            continue
        if isinstance(value, FunctionType) and name != "main":
            setattr(module, name, watch(value, name, found))
        elif isinstance(value, type):
            for method in METHODS:
                own = vars(value).get(method)
                if isinstance(own, FunctionType):
                    full = f"{name}.{method}"
                    setattr(value, method, watch(own, full, found))


def watch(
    function: Callable[..., Any], name: str, found: FoundFunctions
) -> Callable[..., Any]:
    """Return a function that is captured when it gets tensors."""
    if inspect.isgeneratorfunction(function):
        return function
    watched = found.add(name)
    captured: Any = tf.function(function)

    @wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        is_inner = tf.inside_function()
        if is_inner or not has_tensors((arguments, options)):
            return function(*arguments, **options)
        watched.calls += 1
        if watched.reason:
            return function(*arguments, **options)
        try:
            return captured(*arguments, **options)
        except Exception as error:
            watched.reason = describe_refusal(error).reason
            raise Refused from error
        finally:
            # differs: a tf.function has no breaks, Dynamo counts them
            watched.captures = captured.experimental_get_tracing_count()

    return call


def has_tensors(values: Any) -> bool:
    """Return whether a tensor or a module is among some arguments."""
    kinds = (tf.Tensor, tf.Variable, tf.Module)
    return any(isinstance(each, kinds) for each in tf.nest.flatten(values))
