"""tf.nn.gelu rounds a constant to float32 in float64: 1e-9 relative error."""

import math

import tensorflow as tf

x = 1.5
received = float(tf.nn.gelu(tf.constant(x, tf.float64)))
expected = 0.5 * x * math.erfc(-x / math.sqrt(2))
error = abs(received - expected) / expected
print(f"expected {expected!r}; received {received!r}: relative error {error:.1e}")
raise SystemExit(0 if error > 1e-12 else 1)
