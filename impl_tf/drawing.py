"""Draw the random numbers of a narrower dtype in a float64 session."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import tensorflow as tf
from compare.contract import Dtype
from tensorflow.python.ops import (
    gen_random_ops,
    gen_stateless_random_ops_v2,
)

WIDE = tf.float64
_DRAWS = (
    (gen_random_ops, "random_uniform"),
    (gen_random_ops, "random_standard_normal"),
    (gen_random_ops, "truncated_normal"),
    (gen_stateless_random_ops_v2, "stateless_random_uniform_v2"),
    (gen_stateless_random_ops_v2, "stateless_random_normal_v2"),
    (gen_stateless_random_ops_v2, "stateless_truncated_normal_v2"),
)


@contextmanager
def drawing(*, dtype: Dtype) -> Iterator[None]:
    """Let float64 draws give the numbers that a session of a dtype draws.

    A generator gives other numbers in float64 than in float32.
    """
    # differs: PyTorch dispatches a draw to a mode; here functions are replaced
    if (kind := tf.as_dtype(dtype)) is WIDE:
        yield
        return
    with ExitStack() as stack:
        for module, name in _DRAWS:
            narrow = _narrowed(getattr(module, name), kind=kind)
            stack.enter_context(patch.object(module, name, narrow))
        yield


def _narrowed(draw: Callable[..., Any], *, kind: Any) -> Callable[..., Any]:
    """Return a function whose float64 draws are those of another dtype."""

    def run(shape: Any, *args: Any, **options: Any) -> Any:
        if options.get("dtype") is None and args:
            options["dtype"], *args = args  # type: ignore[assignment]
        if tf.as_dtype(options.get("dtype", kind)) is not WIDE:
            return draw(shape, *args, **options)
        drawn = draw(shape, *args, **{**options, "dtype": kind})
        if not tf.executing_eagerly():
            return tf.cast(drawn, WIDE)
        return tf.constant(drawn.numpy(), WIDE)

    return run
