"""Functions of NumPy arrays, as a `compare.contract.CallablesModule`.

They have no gradients, and their operations cannot be moved by rounding errors.
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.contract import BreakKind, CalledFunction, GraphBreak

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from compare.contract import Array, Dtype


def is_tensor(value: object) -> bool:
    """Return whether a value is an array or a number."""
    return isinstance(value, np.ndarray | np.generic | float | int | complex)


def holds_state(value: object) -> bool:
    """Return whether a value is an array, which a function may change."""
    return isinstance(value, np.ndarray)


def dtype_of(tensor: Any) -> str:  # noqa: ANN401
    """Return the name of an array's dtype."""
    return str(np.asarray(tensor).dtype)


def to_array(tensor: Any) -> Array:  # noqa: ANN401
    """Return an array."""
    return np.asarray(tensor)


def to_tensor(array: Array, *, dtype: Dtype | None, near: object = None) -> Array:
    """Return a copy of an array; floating-point ones in a dtype, if given."""
    del near
    kind = dtype if dtype and array.dtype.kind == "f" else array.dtype
    return np.array(array, dtype=kind)


def drawing_from(seed: int) -> AbstractContextManager[None]:
    """Do nothing: NumPy's generator is seeded for every framework."""
    del seed
    return nullcontext()


def rebuilt(function: Any, *, dtype: Dtype) -> Any:  # noqa: ANN401
    """Return the function itself."""
    del dtype
    return function


@contextmanager
def holding(
    objects: Mapping[str, Any], *, dtype: Dtype | None
) -> Iterator[Mapping[str, Any]]:
    """Put the values of arrays back at the end; NumPy promotes them to float64."""
    del dtype
    before = [(array, array.copy()) for array in objects.values()]
    try:
        yield objects
    finally:
        for array, value in before:
            if array.flags.writeable:
                array[...] = value


def needs_gradient(tensor: Any) -> bool:  # noqa: ANN401
    """Return False: there are no gradients."""
    del tensor
    return False


def running_eagerly() -> AbstractContextManager[None]:
    """Do nothing: NumPy compiles nothing."""
    return nullcontext()


def call(
    function: Callable[[list[Any]], list[Any]],
    inputs: Sequence[Any],
    *,
    parameters: Mapping[str, Any],
    draw: Callable[[int, tuple[int, ...]], Array],
) -> CalledFunction:
    """Call a function; it has no gradients."""
    del parameters, draw
    return CalledFunction(outputs=function([x.copy() for x in inputs]))


def captured(function: Any, *, mode: str, example: Sequence[Any]) -> Any:  # noqa: ANN401
    """Return the function itself: NumPy has no graphs."""
    return CAPTURED[mode](function, example)


CAPTURED: dict[str, Callable[[Any, Any], Any]] = {"eager": lambda function, _: function}


def find_capture_breaks(
    function: Any,  # noqa: ANN401
    calls: Sequence[tuple[Sequence[Any], Mapping[str, Any]]],
) -> list[GraphBreak]:
    """Return that a function of NumPy is not captured."""
    del function, calls
    reason = "functions of NumPy are not captured in graphs"
    return [GraphBreak(reason=reason, kind=BreakKind.REFUSED)]


def recording_layers(
    objects: Mapping[str, Any], *, into: dict[str, Any]
) -> AbstractContextManager[None]:
    """Do nothing: there are no layers."""
    del objects, into
    return nullcontext()


def synchronize(value: Any = None) -> None:  # noqa: ANN401
    """Do nothing: results are computed when a function returns."""
    del value
