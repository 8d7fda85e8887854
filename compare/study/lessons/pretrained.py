"""Transfer learning: pretrained weights, a frozen body and a new head.

What a network has learned on one task helps with another (transfer learning). Its first
layers, the body, are loaded from a file and frozen. Only a new last layer, the head, is
trained. The file here is a plain `.npz` checkpoint with a name for every array, as it
may come from any source. Loading by name is where mistakes are most frequent, and they
are silent: a name that does not match leaves a layer at its random initialisation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Array, Arrays

LESSON = Lesson(
    steps={
        "names": "The names in a file are a contract. PyTorch has them: the keys of a "
        "`state_dict` are the path of modules to each weight. Keras puts the model's "
        "own name in front and calls a weight a kernel. The program therefore builds "
        "its names from the layers' names. PyTorch stores a dense weight as (outputs, "
        "inputs); `w.t()` is its transpose.",
        "net": "The head's name is an argument. Two heads for different digits must "
        "not have the same name. The old head would then silently be loaded in place "
        "of the new one. Both frameworks start from the same numbers; PyTorch's "
        "weights are written transposed.",
        "train": "Only weights that are not frozen are trained. The PyTorch program "
        "selects the parameters with `requires_grad`. Keras leaves frozen layers out "
        "of `trainable_variables`.",
        "data": "Images of digits, in two tasks of five digits each. In each task the "
        "five classes are numbered from zero.",
        "pretraining": "The later training may use only the file that the pretraining "
        "writes. The loss of the pretraining falls from {{ earlier_losses[0]|figure }} "
        "to {{ earlier_losses[-1]|figure }}. `np.savez` converts each weight to an "
        "array.",
        "load by name": "The new network and the file have only the body in common. "
        "The model misses {{ missing|figure }}; the file additionally contains "
        "{{ unexpected|figure }}. PyTorch returns both lists with `strict=False`, and "
        "raises an error otherwise. For a file of this kind, the Keras program "
        "compares the names itself. Check these lists: here they contain what was "
        "intended.",
        "freeze": "One line in each program. A frozen layer still passes gradients on "
        "to the layers before it; only its own weights receive none. Batch "
        "normalisation, if there were any, would differ. Keras runs a frozen one with "
        "its stored statistics; PyTorch keeps updating them until `eval` is called.",
        "head": "The new head is trained on `FEW` images. The loss falls from "
        "{{ losses[0]|figure }} to {{ losses[-1]|figure }}. Of the {{ right|length }} "
        "images that were not used for training, {{ right.sum()|figure }} are "
        "classified correctly.",
        "results": "The body is bit for bit what the file contained: the returned "
        "value of `moved` is {{ moved }}.",
    },
    apis={
        "torch": (
            "torch.nn.Module.state_dict",
            "torch.nn.Module.load_state_dict",
            "torch.nn.Module.requires_grad_",
        ),
        "tf": (
            "tf.keras.Model.get_layer",
            "tf.keras.layers.Dense",
            "tf.keras.optimizers.SGD",
        ),
    },
    pictures=(
        Picture(
            step="head",
            caption="Loss while the body is trained, and later while only the head is "
            "trained.",
            arrays={"earlier_losses": "digits below five", "losses": "other digits"},
            x_title="step",
            y_title="loss",
        ),
    ),
    exercise=Exercise(
        task="Do not freeze the body (fine-tuning): `False` becomes `True` where it is "
        "frozen. Do only a few images make the body worse?",
        change={
            "requires_grad_(False)": "requires_grad_(True)",
            "trainable = False": "trainable = True",
        },
        answer="No, not here: {{ after.right.sum()|figure }} of "
        "{{ after.right|length }} are classified correctly, instead of "
        "{{ before.right.sum()|figure }}. But the body has changed, and the old head, "
        "trained on the body as it was, no longer fits it. A frozen body can be shared "
        "by many heads.",
        holds=lambda before, after: bool(
            after["right"].sum() > before["right"].sum()
            and after["moved"]
            and not before["moved"]
        ),
    ),
)


def expected() -> Arrays:
    """Return the same results with the gradients written out."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 - heavy

    images, digits = load_digits(return_X_y=True)
    x, y, high = images / 16, digits % 5, digits // 5 == 1
    rng = np.random.default_rng(0)
    start = [rng.normal(0, 0.1, shape) for shape in [(64, 32), (32,), (32, 5), (5,)]]
    body, earlier_losses = _trained(start, x[~high], y[~high], frozen=False)
    few = 50
    weights = [*body[:2], *start[2:]]
    weights, losses = _trained(weights, x[high][:few], y[high][:few], frozen=True)
    w1, b1, w2, b2 = weights
    answers = np.maximum(x[high][few:] @ w1 + b1, 0) @ w2 + b2
    return {
        "earlier_losses": earlier_losses,
        "losses": losses,
        "head": w2,
        "right": answers.argmax(axis=1) == y[high][few:],
    }


def _trained(
    weights: list[Array], x: Array, y: Array, *, frozen: bool
) -> tuple[list[Array], Array]:
    """Return the weights after gradient descent, and the loss at every step."""
    w1, b1, w2, b2 = weights
    rows, losses = np.arange(len(y)), []
    for _ in range(50):
        h = np.maximum(x @ w1 + b1, 0)
        logits = h @ w2 + b2
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        error = odds / odds.sum(axis=1, keepdims=True)
        losses.append(-np.log(error[rows, y]).mean())
        error[rows, y] -= 1
        error /= len(y)
        back = error @ w2.T * (h > 0)
        w2, b2 = w2 - 0.5 * h.T @ error, b2 - 0.5 * error.sum(axis=0)
        if not frozen:
            w1, b1 = w1 - 0.5 * x.T @ back, b1 - 0.5 * back.sum(axis=0)
    return [w1, b1, w2, b2], np.array(losses)
