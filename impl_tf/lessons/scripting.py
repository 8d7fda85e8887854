"""Scripting: if and while as graph nodes (TorchScript, AutoGraph)."""

import numpy as np
import tensorflow as tf

RISING, FALLING = [1.1, -3.0, 4.0], [1.1, -3.0, -4.0]


# [step: condition]
def bend(x: tf.Tensor) -> tf.Tensor:
    """Double x if its sum is positive, else subtract one."""
    if tf.reduce_sum(x) > 0:
        return 2 * x
    return x - 1


# [step: by decorator]
@tf.function
def halve(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Halve until no absolute value exceeds one; count the iterations."""
    count = 0
    while tf.reduce_max(tf.abs(x)) > 1:
        x = x / 2
        count += 1
    return x, count


# [step: by call]
def main() -> dict[str, object]:
    """Script both; return their results and what their graphs contain."""
    rising = tf.constant(np.array(RISING))
    falling = tf.constant(np.array(FALLING))
    scripted = tf.function(bend)

    # [step: the graph]
    graph = scripted.get_concrete_function(rising).graph
    kinds = [node.type for node in graph.get_operations()]
    for node in graph.get_operations():
        print(f"{node.name}: {node.type} of {[i.name for i in node.inputs]}")
    print(kinds[kinds.index("StatelessIf")], "is the condition.")

    # [step: the code]
    print(tf.autograph.to_code(bend))

    # [step: both branches]
    risen, fallen = scripted(rising), scripted(falling)
    same = bool(tf.reduce_all(risen == bend(rising)))
    same = same and bool(tf.reduce_all(fallen == bend(falling)))

    # [step: condition as operation]
    by_cond = tf.cond(
        tf.reduce_sum(rising) > 0, lambda: 2 * rising, lambda: rising - 1
    )

    # [step: the loop]
    halved, halvings = halve(rising)
    graph = halve.get_concrete_function(rising).graph
    loop_kinds = [node.type for node in graph.get_operations()]

    # [step: results]
    return {
        "risen": risen,
        "fallen": fallen,
        "same_as_python": same,
        "by_cond": by_cond,
        "conditions": kinds.count("StatelessIf"),
        "nodes": len(kinds),
        "halved": halved,
        "halvings": int(halvings),
        "loops": loop_kinds.count("StatelessWhile"),
        "loop_nodes": len(loop_kinds),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
