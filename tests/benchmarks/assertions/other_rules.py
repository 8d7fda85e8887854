"""Rules with fixed tolerances, applied to the outputs of two functions.

- ``torch.testing.assert_close``: its defaults by dtype.
- ``numpy.allclose``: its defaults, rtol 1e-5 and atol 1e-8.
- Keras: ``keras.src.testing.TestCase.assertAllClose``, rtol and atol 1e-6.
- Transformers: rtol and atol 1e-4, as most of its integration tests have.
"""

from __future__ import annotations

import numpy as np
import torch


def passes_assert_close(a, b):
    """Return whether torch.testing.assert_close accepts b."""
    try:
        torch.testing.assert_close(torch.from_numpy(b), torch.from_numpy(a))
    except AssertionError:
        return False
    return True


def _is_close(share, smallest):
    return lambda a, b: bool(np.allclose(b, a, rtol=share, atol=smallest))


RULES = {
    "torch.testing.assert_close": passes_assert_close,
    "numpy.allclose": _is_close(1e-5, 1e-8),
    "Keras": _is_close(1e-6, 1e-6),
    "Transformers": _is_close(1e-4, 1e-4),
}


def judge_by_rules(a, b):
    """Return which rules accept the outputs of both.

    Args:
        a: arrays that are expected.
        b: arrays in the same order.
    """
    pairs = [(np.array(x), np.array(y)) for x, y in zip(a, b, strict=True)]
    return {
        name: all(
            x.shape == y.shape and x.dtype == y.dtype and rule(x, y) for x, y in pairs
        )
        for name, rule in RULES.items()
    }
