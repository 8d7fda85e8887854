"""The modes in which a test may capture a function or model."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from unittest import SkipTest

from compare.errors import unknown_name
from compare.frameworks import frameworks_with

if TYPE_CHECKING:
    from collections.abc import Callable


def make_capture(variant: str) -> Callable[..., Any]:
    """Return a function that captures a function or model as a variant does.

    Args:
        variant: ``framework/mode``, such as ``torch/compile``.

    Raises:
        UsageError: there is no such framework or mode.
        unittest.SkipTest: the framework is not installed.
    """
    name, _, mode = variant.partition("/")
    known = frameworks_with("callables")
    if name not in known:
        raise unknown_name("framework", name, expected=known)
    framework = known[name]
    if find_spec(framework.module) is None:
        raise SkipTest(f"{framework.title} is not installed: {framework.install}")
    callables = import_module(f"{framework.package}.callables")
    if mode not in callables.CAPTURED:
        raise unknown_name("mode", mode, expected=callables.CAPTURED)

    def capture(function: Any, *example: Any) -> Any:  # noqa: ANN401 - of a framework
        return callables.captured(function, mode=mode, example=example)

    return capture
