"""The graphs of small JAX programs, as JSON; `test_lesson_graph.py` judges them."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from compare.workers.importing import importing_file
from impl_jax.lesson_graph import record_captured, record_program

MEAN = """
import jax
import jax.numpy as jnp


def main():
    x = jnp.ones((2, 3))
    return jnp.where(x > 0, x, 0)
"""
# The same function of the library, three lines further down.
LATER = MEAN.replace("    x =", "\n\n\n    x =")
GRADIENTS = """
import jax
import jax.numpy as jnp


def loss_of(w):
    return jnp.sin(w @ w).sum()


def main():
    w = jnp.ones((2, 2))
    compute = {transform}
    for _ in range(3):
        w = w - compute(w)
    return w
"""
MANY = """
import jax.numpy as jnp


def main():
    x = jnp.ones(3)
    for _ in range(200):
        x = jnp.where(x > 0, x, 0)
    return x
"""
STEP = """
import jax
import jax.numpy as jnp

small = jax.jit(lambda x: x + 1)
step = jax.jit(lambda w: w - jax.grad(lambda w: jnp.sin(w @ w).sum())(w))


def main():
    return small(step(jnp.ones((2, 2))))
"""


def record(source, how):
    """Return the nodes of a program: common name, inputs, line, is it a gradient."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "program.py"
        path.write_text(source)

        def run():
            with importing_file(path, name="checked", given={}) as module:
                module.main()

        graph = how(run)
    return [[n.common, list(n.inputs), n.line, n.is_gradient] for n in graph.nodes]


if __name__ == "__main__":
    eager, captured = "jax.grad(loss_of)", "jax.jit(jax.grad(loss_of))"
    print(
        json.dumps(
            {
                "first": record(MEAN, record_program),
                "later": record(LATER, record_program),
                "eager": record(GRADIENTS.format(transform=eager), record_program),
                "jit": record(GRADIENTS.format(transform=captured), record_program),
                "many": record(MANY, record_program),
                "step": record(STEP, record_captured),
            }
        )
    )
