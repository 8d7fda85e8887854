"""The whole learner: from parameters to training, with its own parts.

This program assembles what the lessons of this chapter have built one by one: modules
that find their parameters, layers, a data set, a loader, the loss, an optimizer, and a
learner with callbacks. Only tensors, their operations and gradients come from the
framework. Each part is short, and the libraries' own parts are built in the same way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson, Picture

if TYPE_CHECKING:
    from compare.contract import Arrays

CONVOLUTIONS = ("conv1", "conv2", "conv3", "conv4")

LESSON = Lesson(
    steps={
        "module": "`__setattr__` is called whenever an attribute is set. It registers "
        "parameters and other modules, so `parameters` finds all of them without a "
        "search. Calling a module runs `forward` and then the hook, if there is one; "
        "a direct call of `forward` would skip the hook. `train` sets the mode of a "
        "module and of everything in it. `nn.Module` and `keras.layers.Layer` are "
        "built in this way.",
        "layers": "Kaiming initialisation for convolutions, which are followed by a "
        "ReLU. Each convolution halves the image and adds a bias for each channel, "
        "which shifts the point where its ReLU begins. After the fourth convolution "
        "the mean over the image remains, and a linear layer turns it into logits.",
        "data": "A data set has a length and returns one element by its index. "
        "`collate` makes a batch of elements. The loader divides the indices into "
        "batches; with a random number generator, it draws a new order in each epoch. "
        "Threads read the elements of a batch, and `map` keeps their order. "
        "Both programs get the same order from NumPy.",
        "loss": "The logarithm of the softmax is the logits minus their log-sum-exp. "
        "The loss is minus its value at the label, averaged over the batch.",
        "optimizer": "In PyTorch the optimizer owns the weights and finds their "
        "gradients in them. In TensorFlow it receives the gradients. Weight decay "
        "moves each weight a little towards zero.",
        "learner": "Six events: before and after the fit, an epoch and a batch. A "
        "callback may read and change everything in the learner, including the batch "
        "and the learning rate. In validation PyTorch records no graph; TensorFlow's "
        "tape records one that nothing uses.",
        "callbacks": "What a training needs besides the loop. `Normalize` estimates "
        "mean and deviation from one batch. `RateFinder` and `OneCycle` set the rate "
        "before each batch; the cycle here is linear, up and down. `Statistics` "
        "registers a hook at each convolution. Keras has such callbacks "
        "(`keras.callbacks.Callback`) with events of the same kind, which `fit` calls.",
        "find the rate": "The rate grows at each batch until the loss has doubled. "
        "This took {{ found_rates|length }} batches; the last rate was "
        "{{ found_rates[-1]|figure(2) }}, and the lowest loss was found at "
        "{{ found_rates[found_losses.argmin()]|figure(2) }}. The finder has its own "
        "network, because its weights are useless afterwards.",
        "train": "One cycle over {{ rates|length }} batches. The accuracy on the "
        "validation set rises from {{ valid_accuracy[0]|figure(2) }} to "
        "{{ valid_accuracy[-1]|figure(2) }}, and the loss falls from "
        "{{ valid_loss[0]|figure(2) }} to {{ valid_loss[-1]|figure(2) }}. The rate "
        "starts at a tenth of its peak.",
        "results": "Losses, accuracies, rates and the statistics of every batch agree, "
        "although nothing but the tensors is shared with the library.",
    },
    apis={
        "torch": (
            "torch.nn.functional.conv2d",
            "torch.Tensor.backward",
            "torch.no_grad",
            "torch.set_grad_enabled",
        ),
        "tf": ("tf.nn.conv2d", "tf.Variable", "tf.GradientTape", "tf.gather"),
    },
    pictures=(
        Picture(
            step="find the rate",
            caption="Loss of each batch against the learning rate used for it.",
            arrays={"found_losses": "loss"},
            x="found_rates",
            x_title="learning rate",
            y_title="cross-entropy",
            x_log=True,
        ),
        Picture(
            step="train",
            caption="Standard deviation of each convolution's output, batch by batch.",
            arrays={f"deviation_{name}": name for name in CONVOLUTIONS},
            x_title="batch",
            y_title="standard deviation",
        ),
    ),
    exercise=Exercise(
        task="Remove `Normalize` from the list of callbacks of the training. The "
        "pixels then have values up to sixteen. Does the network still learn?",
        change={
            "callbacks = [Normalize(), OneCycle(), Track(), Statistics()]": "callbacks "
            "= [OneCycle(), Track(), Statistics()]"
        },
        answer="Worse: the validation loss ends at {{ after.valid_loss[-1]|figure(2) "
        "}} instead of {{ before.valid_loss[-1]|figure(2) }}. The output of the first "
        "convolution has a deviation of {{ after.deviation_conv1[0]|figure(2) }} "
        "instead of {{ before.deviation_conv1[0]|figure(2) }}, and the rate was chosen "
        "for normalised images.",
        holds=lambda before, after: bool(
            after["valid_loss"][-1] > before["valid_loss"][-1]
            and after["deviation_conv1"][0] > 2 * before["deviation_conv1"][0]
        ),
    ),
)


def expected() -> Arrays:
    """Return the schedule of the learning rate."""
    done = np.arange(24) / 24
    up = done / 0.25 * 0.9 + 0.1
    return {"rates": 0.5 * np.minimum(up, (1 - done) / 0.75)}
