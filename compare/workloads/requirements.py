"""Checks of a workload's configuration. Their errors name the key that is wrong."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from compare.errors import UsageError

if TYPE_CHECKING:
    from compare.contract import Workload


def require_at_least(workload: Workload, **bounds: float) -> None:
    """Raise unless the value of each key reaches its bound.

    Raises:
        UsageError: A value is smaller.
    """
    for key, bound in bounds.items():
        received = getattr(workload, key)
        if not received >= bound:
            raise UsageError(
                f"workload {workload.model}: {key}: expected at least {bound}; "
                f"received {received}"
            )


def require_at_most(workload: Workload, **bounds: float) -> None:
    """Raise if the value of a key exceeds its bound.

    Raises:
        UsageError: A value is larger.
    """
    for key, bound in bounds.items():
        received = getattr(workload, key)
        if not received <= bound:
            raise UsageError(
                f"workload {workload.model}: {key}: expected at most {bound}; "
                f"received {received}"
            )


def require_each_at_least(
    workload: Workload, key: str, *, bound: int, length: int
) -> None:
    """Raise unless a key lists at least `length` numbers, each at least `bound`.

    Raises:
        UsageError: The list is shorter, or a number is smaller.
    """
    received = getattr(workload, key)
    if len(received) < length or min(received) < bound:
        raise UsageError(
            f"workload {workload.model}: {key}: expected {length} or more numbers, "
            f"each at least {bound}; received {list(received)}"
        )


def require_positive(workload: Workload, key: str) -> None:
    """Raise unless the value of a key is a finite number above 0.

    Raises:
        UsageError: The value is not.
    """
    received = getattr(workload, key)
    if not (isfinite(received) and received > 0):
        raise UsageError(
            f"workload {workload.model}: {key}: expected a number above 0; "
            f"received {received}"
        )
