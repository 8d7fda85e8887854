"""The assertions for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest import SkipTest

from compare.runs.words import Verdict
from compare.testing.agreement import compare_functions
from compare.testing.captures import inspect_captures
from compare.testing.message import (
    explain_captures,
    explain_disagreement,
    explain_pace,
)
from compare.testing.pace import Pace, compare_pace
from compare.testing.reproduction import describe_reproduction

if TYPE_CHECKING:
    from collections.abc import Callable

    from compare.testing.agreement import FunctionAgreement
    from compare.testing.captures import FunctionCaptures
    from compare.testing.pace import PaceComparison


def assert_agrees(a: object, b: object, inputs: object = ()) -> FunctionAgreement:
    """Raise unless two functions, models, sessions or values agree within rounding.

    There is no tolerance to choose. Both are compared in float64, where a difference in
    meaning exceeds rounding by orders of magnitude, and in their own dtype. What
    rounding may change is simulated, operation by operation. Outputs are compared,
    gradients of inputs and parameters where both sides have them, and the state that
    the calls changed.

    Args:
        a: what is expected: a function or model of PyTorch, TensorFlow, JAX or NumPy;
            a session of `compare.contract`; or tensors and arrays, nested or not.
        b: what is compared with it, also of another framework.
        inputs: arrays or tensors of any framework. A tuple has the positional arguments
            of one call, a dict the keyword arguments, a list one entry for each of
            several calls in order. Anything else is the only argument.

    Returns:
        The comparison of every tensor.

    Raises:
        AssertionError: they disagree, or nothing could be compared. The message has the
            first difference, and within pytest a script that repeats it.
        compare.errors.UsageError: a and b return other structures, or one of them
            cannot be called with these inputs.
    """
    __tracebackhide__ = True
    found = compare_functions(a, b, inputs)
    if found.verdict is not Verdict.AGREES:
        repeat = describe_reproduction(a, b, inputs)
        raise AssertionError(explain_disagreement(found) + repeat)
    return found


def assert_compiles(
    model: object, inputs: object, *, breaks: int = 0, recompiles: int = 0
) -> FunctionCaptures:
    """Raise unless a function runs in one graph that is captured once.

    Args:
        model: a function or model of PyTorch, TensorFlow or JAX, compiled or not.
        inputs: of one call, or a list of several; see `assert_agrees`. Several calls,
            for example with other sizes, show recaptures (recompiles, retraces).
        breaks: how many graph breaks and calls of Python are expected.
        recompiles: how often it is captured again.

    Returns:
        The breaks and recaptures with file and line.

    Raises:
        AssertionError: there are more, or fewer: then lower the number; or no graph
            was captured.
        compare.errors.UsageError: it belongs to no single framework.
    """
    __tracebackhide__ = True
    found = inspect_captures(model, inputs)
    counts = len(found.breaks), len(found.recaptures)
    if found.is_refused or counts != (breaks, recompiles):
        raise AssertionError(
            explain_captures(found, breaks=breaks, recaptures=recompiles)
        )
    return found


def assert_not_slower(
    a: Callable[..., Any],
    b: Callable[..., Any],
    inputs: object = (),
    *,
    than: str | float = "2%",
    budget_s: float = 10.0,
) -> PaceComparison:
    """Raise if a takes longer than b by more than a limit; skip the test if unclear.

    Both are measured in turn in this process, with b against itself as a control.

    Args:
        a: the function that must not be slower.
        b: the function that it is compared with.
        inputs: of one call; see `assert_agrees`.
        than: how much slower is accepted, such as ``2%``.
        budget_s: the longest time to measure, in seconds.

    Returns:
        The ratio of their times, with its interval.

    Raises:
        AssertionError: a is slower, with 95% confidence.
        unittest.SkipTest: the time did not suffice, or the control shows that the
            machine was not steady. pytest reports the test as skipped, with the reason.
        compare.errors.UsageError: the limit is no share.
    """
    __tracebackhide__ = True
    found = compare_pace(a, b, inputs, than=than, budget_s=budget_s)
    if found.verdict is Pace.SLOWER:
        raise AssertionError(explain_pace(found))
    if found.verdict is Pace.CANNOT_TELL:
        raise SkipTest(explain_pace(found))
    return found
