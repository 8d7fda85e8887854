"""tf.saved_model.save writes the variables of a wrapped Keras model twice.

The function reads one copy, and loading restores the other. TensorFlow's own loader in
Python connects them; a session, as in C++, does not.
"""

import tempfile

import keras
import tensorflow as tf


class Wrapper(tf.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def __call__(self, x):
        return self.model(x)


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(3)

    def call(self, x):
        return self.dense(x)


net = Net()
net(tf.ones((2, 4)))
function = tf.function(
    Wrapper(net).__call__, input_signature=[tf.TensorSpec((2, 4), name="x")]
).get_concrete_function()
folder = tempfile.mkdtemp()
tf.saved_model.save(Wrapper(net), folder, signatures=function)
graph = tf.Graph()
with tf.compat.v1.Session(graph=graph) as session:
    tf.compat.v1.saved_model.load(session, ["serve"], folder)
    handles = [op.name for op in graph.get_operations() if op.type == "VarHandleOp"]
    print(f"2 variables, {len(handles)} in the file: {handles}")
    try:
        session.run(
            "StatefulPartitionedCall:0", {"serving_default_x:0": [[1.0] * 4] * 2}
        )
    except tf.errors.FailedPreconditionError as error:
        lines = str(error).splitlines()
        print(next(line for line in lines if "variable" in line.lower())[:160])
        raise SystemExit(0) from None
raise SystemExit(1)
