"""The calls of a comparison: positional and keyword arguments of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from compare.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, kw_only=True)
class Call:
    """The arguments of one call."""

    positional: tuple[Any, ...] = ()
    named: Mapping[str, Any]


def read_calls(inputs: object) -> Sequence[Call]:
    """Return the calls that inputs describe.

    A tuple has the positional arguments of one call, a dict the keyword arguments, a
    list one such entry for each of several calls. Anything else is the only argument.

    Raises:
        UsageError: the list is empty, or a dict has other keys than names.
    """
    if isinstance(inputs, list):
        if not inputs:
            raise UsageError(
                "inputs: expected at least one call; received an empty list"
            )
        return [_read_call(each) for each in inputs]
    return [_read_call(inputs)]


def _read_call(arguments: object) -> Call:
    if isinstance(arguments, tuple):
        return Call(positional=arguments, named={})
    if isinstance(arguments, dict):
        wrong = [key for key in arguments if not isinstance(key, str)]
        if wrong:
            raise UsageError(
                f"inputs: expected names of arguments as keys; received {wrong[0]!r}"
            )
        return Call(named=arguments)
    return Call(positional=(arguments,), named={})
