"""An activation of Keras and its formula in NumPy.

Original: ``test_mish`` in ``keras/src/activations/activations_test.py``, with rtol 1e-5
and inputs between 0 and 1.
"""

import keras
import numpy as np

from compare.testing import assert_agrees


def mish(x):
    return x * np.tanh(np.logaddexp(0, x))


def test_mish():
    x = np.linspace(-5, 5, 50, dtype="float32").reshape(10, 5)
    assert_agrees(mish, keras.activations.mish, x)
