"""XLA on a CPU reads another row where an index is out of range; tf.function raises."""

import tensorflow as tf

table = tf.constant([[1.0], [2.0], [3.0]])
rows = tf.constant([7])


def look_up(rows):
    return tf.gather(table, rows)


try:
    tf.function(look_up)(rows)
    print("tf.function: no error")
except tf.errors.InvalidArgumentError as error:
    print(f"tf.function: {str(error).splitlines()[2][:100]}")
result = tf.function(look_up, jit_compile=True)(rows)
print(f"jit_compile=True: {result.numpy().tolist()}")
raise SystemExit(0)
