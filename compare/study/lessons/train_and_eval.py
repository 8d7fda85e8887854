"""Train and eval mode: dropout and batch normalisation.

Two kinds of layers compute one thing during training and another afterwards.
**Dropout** sets random elements to zero, so that a network does not depend on single
activations. **Batch normalisation** shifts and scales each column by the statistics of
the batch. After training, a prediction should not depend on chance or on the rest of
the batch. Forgetting to switch is one of the most frequent mistakes, and it raises no
error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "dropout in training": "A PyTorch module stores its mode: it is in train mode "
        "until `eval` is called, and `model.eval()` switches all modules in it. A "
        "Keras layer receives its mode at each call, as the argument `training`; `fit` "
        "and `predict` pass it, and without it the layer is in inference mode. So a "
        "layer that was just created drops elements in PyTorch (`default_drops` is "
        "{{ torch.default_drops }}) and not in Keras (it is {{ tf.default_drops }}). "
        "Dropout keeps {{ torch.kept|figure(3) }} and {{ tf.kept|figure(3) }} of the "
        "ones here, and multiplies what it keeps, so that the mean stays the same: the "
        "values are {{ levels|figure }}. A second call drops others.",
        "dropout in eval mode": "The layer does nothing: every element is passed on "
        "unchanged.",
        "normalisation in training": "Each column gets mean zero and variance one, by "
        "the mean and the variance of this batch. The result for a row therefore "
        "depends on all other rows. `momentum` has opposite meanings: the share of the "
        "new value in PyTorch, of the old one in Keras. The default of `eps` differs "
        "too, so both are set.",
        "running statistics": "During training the layer also updates a moving average "
        "of the means and variances. PyTorch calls them buffers, Keras non-trainable "
        "weights: they are part of the state of the model, but not trained. The means "
        "agree: {{ running_mean|figure }}. The variances do not: "
        "{{ torch.running_variance|figure }} and {{ tf.running_variance|figure }}. "
        "PyTorch stores the unbiased variance (divided by the number of rows minus "
        "one), Keras the one that it has used.",
        "normalisation in eval mode": "Now the running statistics are used. A row gets "
        "the same result alone and in a batch: `independent` is {{ independent }}.",
        "one row in training": "The variance of one row is zero. PyTorch raises an "
        "error. Keras returns {{ tf.single }}, whatever the row contains: the "
        "information is lost without a message.",
        "results": "What depends on the statistics of the batch is compared. Random "
        "numbers and the two variances are specific to each framework.",
    },
    apis={
        "torch": (
            "torch.nn.Dropout",
            "torch.nn.BatchNorm1d",
            "torch.nn.Module.train",
            "torch.nn.Module.eval",
        ),
        "tf": ("tf.keras.layers.Dropout", "tf.keras.layers.BatchNormalization"),
        "jax": (
            "flax.nnx.Dropout",
            "flax.nnx.BatchNorm",
            "flax.nnx.Rngs",
        ),
    },
    own={
        "kept": "each framework draws with its own random number generator",
        "default_drops": "PyTorch's modules begin in train mode, Keras' layers do not",
        "running_variance": "PyTorch stores the unbiased variance",
        "together": "it is computed with the running variance",
        "single": "PyTorch refuses a batch of one row, Keras returns the shift",
    },
    exercise=Exercise(
        task="Drop three of four elements: `RATE` becomes `0.75`. Which values does "
        "the output have now?",
        change={"RATE, SHARE = 0.5, 0.1": "RATE, SHARE = 0.75, 0.1"},
        answer="{{ after.levels|figure }} instead of {{ before.levels|figure }}. The "
        "elements that are kept are divided by the share that is kept, so the mean of "
        "the output is still about one. (Inverted dropout: because of this factor, "
        "nothing has to be scaled in eval mode.)",
        holds=lambda before, after: bool(
            before["levels"].tolist() == [0, 2]
            and after["levels"].tolist() == [0, 4]
            and (after["passed"] == 1).all()
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays from the formulas."""
    x = np.random.default_rng(0).normal(3, 2, (8, 3))
    mean, variance = x.mean(axis=0), x.var(axis=0)
    return {
        "levels": np.array([0.0, 2.0]),
        "same_in_training": np.array(False),  # noqa: FBT003 - an array of one Boolean
        "passed": np.ones(1000),
        "normalised": (x - mean) / np.sqrt(variance + 1e-5),
        "running_mean": 0.1 * mean,
        "independent": np.array(True),  # noqa: FBT003 - the same
    }
