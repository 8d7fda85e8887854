"""Train and eval mode: dropout and batch normalisation."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

jax.config.update("jax_enable_x64", True)

COUNT, ROWS, COLUMNS = 1000, 8, 3
RATE, SHARE = 0.5, 0.1


# [step: dropout in training]
def main() -> dict[str, object]:
    """Call two layers in both modes; return what they compute."""
    ones = jnp.ones(COUNT)
    dropout = nnx.Dropout(RATE, rngs=nnx.Rngs(0))
    default = dropout(ones)
    dropout.train()
    dropped, again = dropout(ones), dropout(ones)

    # [step: dropout in eval mode]
    dropout.eval()
    passed = dropout(ones)

    # [step: normalisation in training]
    rng = np.random.default_rng(0)
    x = jnp.array(rng.normal(3, 2, (ROWS, COLUMNS)))  # (rows, columns)
    norm = nnx.BatchNorm(
        COLUMNS,
        epsilon=1e-5,
        momentum=1 - SHARE,
        use_fast_variance=False,
        param_dtype=jnp.float64,
        rngs=nnx.Rngs(0),
    )
    norm.mean = nnx.BatchStat(jnp.zeros(COLUMNS))  # else in float32
    norm.var = nnx.BatchStat(jnp.ones(COLUMNS))
    norm.train()
    normalised = norm(x)

    # [step: running statistics]
    running_mean, running_variance = norm.mean[...], norm.var[...]
    print("mean:", running_mean, "variance:", running_variance)

    # [step: normalisation in eval mode]
    norm.eval()
    alone, together = norm(x[:1]), norm(x)
    independent = jnp.array_equal(alone[0], together[0])

    # [step: one row in training]
    norm.train()
    single = norm(x[:1]).tolist()

    # [step: results]
    return {
        "levels": jnp.unique(dropped),
        "kept": jnp.count_nonzero(dropped) / COUNT,
        "same_in_training": jnp.array_equal(dropped, again),
        "default_drops": not jnp.array_equal(default, ones),
        "passed": passed,
        "normalised": normalised,
        "running_mean": running_mean,
        "running_variance": running_variance,
        "together": together,
        "independent": independent,
        "single": single,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
