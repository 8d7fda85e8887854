"""A script that shows a difference without this toolkit; imports nothing."""

# Mode -> what it does to a model, as an expression of the script. The other
# modes capture more than a model.
CAPTURES = {
    "function": "tf.function",
    "function-relaxed": (
        "lambda call: tf.function(call, reduce_retracing=True)"
    ),
    "xla": "lambda call: tf.function(call, jit_compile=True)",
}

SCRIPT = '''\
"""{title}"""
import sys
import keras
import numpy as np
import tensorflow as tf
keras.config.set_floatx("float64")
keras.config.set_dtype_policy("float64")
sys.path.insert(0, {folder!r})
from {module} import {name}

def load(model, file):
    floats = [v for v in model.variables if "float" in v.dtype]
    for variable, array in zip(floats, np.load(file).values()):
        variable.assign(array)

def run(capture):
    keras.utils.set_random_seed({seed})
    model = {call}
    def step(*inputs):
        with tf.GradientTape() as tape:
            output = model(*inputs, training=True)
            loss = tf.reduce_mean(tf.square(output))
        return [output, *tape.gradient(loss, model.trainable_variables)]
    step(*example)
    load(model, "initial.npz")
    captured = capture(step)
    captured(*example)
    load(model, "state.npz")
    return captured(*inputs)

example, inputs = (np.load(f).values() for f in ("first.npz", "batch.npz"))
for one, other in zip(run(lambda call: call), run({capture})):
    print(one.shape, float(tf.reduce_max(tf.abs(one - other))))
'''
