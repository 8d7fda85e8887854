"""Draw the random numbers of a narrower dtype in a float64 session."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from compare.contract import Dtype
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

WIDE = torch.float64


@contextmanager
def drawing(*, dtype: Dtype) -> Iterator[None]:
    """Let float64 draws give the numbers that a session of a dtype draws.

    A generator gives other numbers in float64 than in float32.
    """
    # differs: a mode receives each draw; TensorFlow's functions are replaced
    if (kind := getattr(torch, dtype)) is WIDE:
        yield
        return
    with _Drawing(kind):
        yield


class _Drawing(TorchDispatchMode):
    """Receives every operation; those that draw run in the narrower dtype."""

    def __init__(self, kind: torch.dtype) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._kind = kind

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        given = kwargs or {}
        if torch.Tag.nondeterministic_seeded not in func.tags:
            return func(*args, **given)
        name = func.overloadpacket.__name__
        if name.endswith("_") and _is_wide(args[0]):
            drawn = torch.empty_like(args[0], dtype=self._kind)
            return args[0].copy_(func(drawn, *args[1:], **given))
        if name in ("rand", "randn") and given.get("dtype") is WIDE:
            return func(*args, **{**given, "dtype": self._kind}).to(WIDE)
        is_like = name in ("rand_like", "randn_like") and _is_wide(args[0])
        if is_like and given.get("dtype") in (None, WIDE):
            return func(*args, **{**given, "dtype": self._kind}).to(WIDE)
        return func(*args, **given)


def _is_wide(value: Any) -> bool:
    """Return whether a value is a float64 tensor."""
    return isinstance(value, Tensor) and value.dtype is WIDE
