"""Compare two functions, or one with its captured mode: values, graphs and time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from compare.errors import UsageError, unknown_name
from compare.notebook.facts import (
    ComparedTimes,
    InspectedCaptures,
    collect_captures,
    collect_comparison,
    collect_times,
)
from compare.notebook.result import FunctionComparison
from compare.testing import DEFAULT_MODES
from compare.testing.agreement import compare_functions
from compare.testing.calls import read_calls
from compare.testing.captures import inspect_captures
from compare.testing.pace import compare_pace
from compare.testing.sides import NUMPY, describe_value, find_side

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from compare.testing.sides import ComparedFunction

BUDGET_S = 3.0
EAGER = "eager"
# Attributes of what torch.compile, tf.function and jax.jit return.
CAPTURED_BY = (
    "_orig_mod",
    "_torchdynamo_orig_callable",
    "python_function",
    "clear_cache",
)


@dataclass(frozen=True, kw_only=True)
class FunctionPair:
    """Two functions that are compared.

    Attributes:
        a: what is expected.
        b: what is compared with it.
        names: of both.
        inspected: those whose graphs are inspected, by name.
    """

    a: Callable[..., Any]
    b: Callable[..., Any]
    names: tuple[str, str]
    inspected: Mapping[str, Callable[..., Any]]


def compare_pair(
    a: Callable[..., Any],
    b: Callable[..., Any],
    inputs: object = (),
    *,
    budget_s: float = BUDGET_S,
) -> FunctionComparison:
    """Return whether two functions or models agree, how each is captured, and the time.

    Args:
        a: what is expected: a function or model of any framework.
        b: what is compared with it.
        inputs: of one call, or a list of several; see `compare.testing`. The first
            call is timed.
        budget_s: the longest time to measure times, in seconds; 0 measures none.

    Raises:
        UsageError: a and b return other structures, or cannot be called so.
    """
    pair = name_pair([(describe_value(a), a), (describe_value(b), b)])
    return compare_parts(pair, inputs, budget_s=budget_s)


def compare_captured(
    function: Callable[..., Any],
    inputs: object = (),
    *,
    mode: str = "",
    budget_s: float = BUDGET_S,
) -> FunctionComparison:
    """Return how a function or model compares with itself, captured as a graph.

    Args:
        function: an eager function or model of PyTorch, TensorFlow or JAX.
        inputs: of one call, or a list of several; see `compare.testing`. The first
            call is timed.
        mode: how it is captured, such as ``compile`` or ``tf/xla``; by default by
            ``torch.compile``, ``tf.function`` or ``jax.jit``.
        budget_s: the longest time to measure times, in seconds; 0 measures none.

    Raises:
        UsageError: it has no such mode, is captured already, or cannot be called so.
    """
    name = describe_value(function)
    pair = capture_pair(name, function, inputs=inputs, mode=mode)
    return compare_parts(pair, inputs, budget_s=budget_s)


def name_pair(functions: Iterable[tuple[str, Callable[..., Any]]]) -> FunctionPair:
    """Return two functions as a pair; equal names get the letters of their sides."""
    (one, a), (other, b) = functions
    names = (one, other) if one != other else (f"{one} (a)", f"{other} (b)")
    inspected = dict(zip(names, (a, b), strict=True))
    return FunctionPair(a=a, b=b, names=names, inspected=inspected)


def capture_pair(
    name: str, function: Callable[..., Any], *, inputs: object, mode: str
) -> FunctionPair:
    """Return a function and the same function captured as a graph.

    Raises:
        UsageError: it has no such mode, is captured already, or cannot be captured.
    """
    side = find_side(function, name=name, calls=read_calls(inputs))
    mode = choose_mode(side, mode)
    captured, other = _capture(side, mode, inputs), f"{name} ({side.framework}/{mode})"
    return FunctionPair(
        a=function, b=captured, names=(name, other), inspected={other: captured}
    )


def choose_mode(side: ComparedFunction, mode: str) -> str:
    """Return the mode in which a function is captured.

    Raises:
        UsageError: its framework has no such mode, or the function is captured already.
    """
    if side.framework == NUMPY:
        raise UsageError(
            f"{side.name} is a function of NumPy, which has no graphs. Compare it with "
            "a second function"
        )
    if any(hasattr(side.function, each) for each in CAPTURED_BY):
        raise UsageError(
            f"{side.name}: expected an eager function; it is captured already. Compare "
            "the eager and the captured function as two functions"
        )
    known = [each for each in side.callables.CAPTURED if each != EAGER]
    framework, _, chosen = mode.rpartition("/")
    if mode and (chosen not in known or framework not in ("", side.framework)):
        raise unknown_name(f"mode of {side.framework}", mode, expected=known)
    usual = [each.partition("/")[2] for each in DEFAULT_MODES]
    return chosen or next((each for each in usual if each in known), known[0])


def _capture(side: ComparedFunction, mode: str, inputs: object) -> Callable[..., Any]:
    """Return the captured function.

    Raises:
        UsageError: the framework refuses to capture it.
    """
    example = read_calls(inputs)[0].positional
    try:
        found: Callable[..., Any] = side.callables.captured(
            side.function, mode=mode, example=example
        )
    except Exception as error:
        raise UsageError(
            f"{side.name} cannot be captured by {side.framework}/{mode}: "
            f"{_summarise(error)}"
        ) from error
    return found


def compare_parts(
    pair: FunctionPair,
    inputs: object,
    *,
    budget_s: float,
    on_progress: Callable[[str], None] = lambda _: None,
) -> FunctionComparison:
    """Return the comparison of a pair: graphs, then values, then times.

    Args:
        pair: the functions.
        inputs: of one call, or a list of several; see `compare.testing`.
        budget_s: the longest time to measure times, in seconds; 0 measures none.
        on_progress: called with a phrase before each part.

    Raises:
        UsageError: a and b return other structures, or cannot be called so.
    """
    a, b = pair.names
    # First: a later call finds the graphs of earlier ones, and is not captured again.
    on_progress("Looking for graph breaks")
    captures = tuple(_inspect(f, inputs, name=n) for n, f in pair.inspected.items())
    on_progress(f"Comparing the values of {a} and {b}")
    try:
        agreement = compare_functions(pair.a, pair.b, inputs)
    except UsageError as error:
        raise UsageError(f"{error}{_explain_sides(pair, inputs)}") from error
    if budget_s > 0:
        on_progress(f"Measuring times for up to {budget_s:g} seconds")
    times = _measure_times(pair, inputs, budget_s=budget_s)
    return FunctionComparison(
        facts=collect_comparison(
            agreement, names=pair.names, captures=captures, times=times
        )
    )


def _explain_sides(pair: FunctionPair, inputs: object) -> str:
    """Return what a message about the sides ``a`` and ``b`` leaves out."""
    a, b = pair.names
    names = "" if (a, b) == ("a", "b") else f" (a is {a}, b is {b})"
    advice = ". If their arguments have different names, state inputs without names"
    return f"{names}{advice if isinstance(inputs, dict) else ''}"


def _measure_times(
    pair: FunctionPair, inputs: object, *, budget_s: float
) -> ComparedTimes:
    if budget_s <= 0:
        return ComparedTimes(not_run="the time budget is 0 seconds")
    first = inputs[0] if isinstance(inputs, list) else inputs
    try:
        # A limit of 0% measures until the interval excludes 1, or the time is over.
        found = compare_pace(pair.b, pair.a, first, than=0.0, budget_s=budget_s)
    except Exception as error:  # noqa: BLE001 - whatever a function raises
        return ComparedTimes(not_run=_summarise(error))
    return collect_times(found)


def _inspect(
    function: Callable[..., Any], inputs: object, *, name: str
) -> InspectedCaptures:
    try:
        return collect_captures(inspect_captures(function, inputs), name=name)
    except Exception as error:  # noqa: BLE001 - whatever capturing raises
        return InspectedCaptures(name=name, not_run=_summarise(error))


def _summarise(error: Exception) -> str:
    """Return an exception as one line."""
    first = str(error).strip().partition("\n")[0]
    is_own = isinstance(error, UsageError)
    return first if is_own else f"{type(error).__name__}: {first}"
