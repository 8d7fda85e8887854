"""Weights trained before: loaded by name, frozen, under a new head.

What a net has learned on one task helps with another. Its first layers, the body, are
taken over from a file and held still; only a new last layer, the head, is trained. The
file here is a plain `.npz` with a name for every array, as it may come from anywhere.
Loading by name is where it goes wrong most often, and silently: a name that does not
match leaves a layer at its random start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Array, Arrays

LESSON = Lesson(
    steps={
        "names": "A file's names are a contract. PyTorch has them: `state_dict` names "
        "every weight by the path of modules to it. Keras puts the model's own name in "
        "front and calls a weight a kernel, so the program makes its names from the "
        "layers'. A dense weight of PyTorch is (outputs, inputs); `w.t()` shows the "
        "same memory the other way round.",
        "net": "The head's name is an argument: two heads for different digits must "
        "not share one, or the old would be loaded in place of the new without a word. "
        "The numbers are written through `named`, so both frameworks begin alike.",
        "train": "Only what is not frozen is trained. PyTorch asks each parameter "
        "whether it wants a gradient; Keras leaves frozen layers out of "
        "`trainable_variables`.",
        "data": "Pictures of digits, in two tasks of five digits each. Either has "
        "its five classes numbered from zero.",
        "before": "The earlier training, whose file is all that the rest may use. Its "
        "loss falls from {{ earlier_losses[0]|figure }} to "
        "{{ earlier_losses[-1]|figure }}. `np.savez` asks each weight for its array.",
        "by name": "The new net and the file share the body and nothing else. The "
        "model misses {{ missing|figure }}; the file has {{ unexpected|figure }} "
        "besides. PyTorch reports both lists when `strict=False`, and raises an error "
        "otherwise. For a file of one's own, the Keras program compares the names "
        "itself. Read these lists: here they are what was meant.",
        "freeze": "One line in each. A frozen layer still passes gradients on to "
        "layers below it; it only gets none for itself. Batch normalisation, were "
        "there any, would differ: Keras runs a frozen one with its stored statistics, "
        "PyTorch goes on updating them until `eval` is called.",
        "head": "The new head learns from `FEW` pictures. The loss falls from "
        "{{ losses[0]|figure }} to {{ losses[-1]|figure }}; of the {{ right|length }} "
        "pictures that were not trained on, {{ right.sum()|figure }} are read "
        "correctly.",
        "results": "The body is what the file held, to the bit: asked whether it "
        "moved, the program says {{ moved }}.",
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
            caption="The loss while the body is trained, and later the head alone.",
            arrays={"earlier_losses": "digits below five", "losses": "the others"},
            x_title="step",
            y_title="loss",
        ),
    ),
    exercise=Exercise(
        task="Do not freeze: `False` becomes `True` where the body is frozen. Is the "
        "body spoiled by so few pictures?",
        change={
            "requires_grad_(False)": "requires_grad_(True)",
            "trainable = False": "trainable = True",
        },
        answer="No, not here: {{ after.right.sum()|figure }} of "
        "{{ after.right|length }} are read correctly, in place of "
        "{{ before.right.sum()|figure }}. But the body has moved, and the old head, "
        "trained on the body as it was, no longer belongs to it. Frozen, one body can "
        "carry many heads.",
        holds=lambda before, after: bool(
            after["right"].sum() > before["right"].sum()
            and after["moved"]
            and not before["moved"]
        ),
    ),
)


def expected() -> Arrays:
    """The same with the gradients written out."""
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
    """The weights after gradient descent, and the loss at every step."""
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
