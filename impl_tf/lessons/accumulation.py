"""Gradient accumulation: gradients add up until they are zeroed."""

import tensorflow as tf

INPUTS, RATE, STEPS = (1.0, 2.0), 0.6, 14


# [step: descent]
def descent(*, zeroed: bool) -> list[float]:
    """Minimise (w * x)**2 / 2 for alternating inputs; return the weights."""
    w = tf.Variable(1.0, dtype=tf.float64)
    total = tf.Variable(0.0, dtype=tf.float64)
    path = [w.numpy()]
    for step in range(STEPS):
        x = INPUTS[step % 2]
        if zeroed:
            total.assign(0.0)
        with tf.GradientTape() as tape:
            loss = tf.square(w * x) / 2
        total.assign_add(tape.gradient(loss, w))
        w.assign_sub(RATE * total)
        path.append(w.numpy())
    return path


# [step: recurrence]
def recurrence() -> list[float]:
    """Return the weights without zeroing, computed without a gradient."""
    path = [1.0, 1.0]
    for step in range(STEPS):
        x = INPUTS[step % 2]
        path.append((2 - RATE * x**2) * path[-1] - path[-2])
    return path[1:]


# [step: repeated backward]
def main() -> dict[str, object]:
    """Accumulate gradients by mistake and on purpose."""
    x = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]
    x = tf.constant(x, dtype=tf.float64)
    w = tf.Variable([2.0, -1.0], dtype=tf.float64)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(tf.linalg.matvec(x, w)))
    once = tape.gradient(loss, w)
    twice = tf.Variable(once)
    twice.assign_add(once)

    # [step: gradient accumulation]
    in_parts = tf.Variable(tf.zeros_like(w))
    for part in tf.split(x, 2):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(tf.linalg.matvec(part, w)))
        in_parts.assign_add(tape.gradient(loss, w))

    # [step: mean of parts]
    mean_in_parts = tf.Variable(tf.zeros_like(w))
    parts = tf.split(x, 2)
    for part in parts:
        with tf.GradientTape() as tape:
            mean = tf.reduce_mean(tf.square(tf.linalg.matvec(part, w)))
            loss = mean / len(parts)
        mean_in_parts.assign_add(tape.gradient(loss, w))

    # [step: with zeroing]
    zeroed = descent(zeroed=True)

    # [step: without zeroing]
    left_alone = descent(zeroed=False)

    # [step: prediction]
    predicted = recurrence()

    # [step: results]
    return {
        "once": once,
        "twice": twice,
        "in_parts": in_parts,
        "mean_in_parts": mean_in_parts,
        "zeroed": zeroed,
        "left_alone": left_alone,
        "predicted": predicted,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
