"""A small image classifier, trained as learners meet it: minibatches, epochs, SGD.

Four 3x3 convolutions of stride 2 with ReLU, global average pooling, a linear head,
cross-entropy. Padding is one pixel on every side, written out, because the frameworks'
own "same" padding differs at stride 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from compare.contract import Optimizer, Snapshot
from compare.errors import DataError
from compare.workloads.images import Images, load_images, save_images, split
from compare.workloads.limits import at_least, positive
from compare.workloads.reference import exact, updated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from compare.contract import Array, Arrays, Batch, Dtype, Einsum

WIDTHS = (16, 32, 64, 128)
STRIDE = 2


@dataclass(frozen=True, kw_only=True)
class Cnn:
    """Images, minibatches and hyperparameters; channels and classes follow the data."""

    data: str = "digits"  # or "synthetic", a folder of images, an .npz
    image_size: int | None = None
    batch: int = 128
    # Powers of two are the same number in every dtype and in every optimizer.
    learning_rate: float = 2.0**-3
    weight_decay: float = 2.0**-11
    epochs: int = 5
    seed: int = 0

    model: ClassVar[str] = "cnn"
    loss: ClassVar[str] = "cross_entropy"

    def __post_init__(self) -> None:
        """Refuse sizes that no run can use."""
        at_least(self, batch=1, epochs=0, seed=0, weight_decay=0)
        positive(self, "learning_rate")

    @property
    def optimizer(self) -> Optimizer:
        """SGD with weight decay."""
        return Optimizer(
            name="sgd",
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
        )

    @property
    def sizes(self) -> Mapping[str, int]:
        """Keyword arguments of the model."""
        return {
            "channels": self._data.images.images.shape[-1],
            "classes": len(self._data.images.classes),
        }

    @property
    def flops_per_step(self) -> float:
        """Three products a layer; the first needs no gradient of its input."""
        _, side, _, channels = self._data.images.images.shape
        total = 3 * 2.0 * self.batch * WIDTHS[-1] * self.sizes["classes"]
        for layer, (inputs, outputs) in enumerate(pairwise((channels, *WIDTHS))):
            side = -(-side // STRIDE)
            product = 2.0 * self.batch * side * side * 9 * inputs * outputs
            total += product * (2 if layer == 0 else 3)
        return total

    def staged(self, folder: Path) -> Cnn:
        """The same workload with its images in one file of `folder`."""
        images = load_images(self.data, image_size=self.image_size, seed=self.seed)
        train = len(split(images.labels, seed=self.seed).train)
        if train < self.batch:
            raise DataError(
                f"{self.data}: expected at least {self.batch} images to train on, one "
                f"minibatch; found {train}. Give more images or a smaller batch"
            )
        path = folder / f"images-{self.image_size or 'natural'}-{self.seed}.npz"
        save_images(path, images)
        return Cnn(
            data=str(path),
            batch=self.batch,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            epochs=self.epochs,
            seed=self.seed,
        )

    def parameters(self, dtype: Dtype) -> Arrays:
        """He-normal weights and zero biases.

        Shape:
            ``convK.weight`` (3, 3, in, out), ``convK.bias`` (out,),
            ``head.weight`` (128, classes), ``head.bias`` (classes,).

        Source: He et al., "Delving deep into rectifiers" (2015), equation 10.
        """
        rng = np.random.default_rng([self.seed, 0])
        widths = (self.sizes["channels"], *WIDTHS)
        arrays: dict[str, Array] = {}
        for layer, (inputs, outputs) in enumerate(pairwise(widths), start=1):
            scale = np.sqrt(2 / (9 * inputs))
            kernel = scale * rng.standard_normal((3, 3, inputs, outputs))
            arrays[f"conv{layer}.weight"] = kernel.astype(dtype)
            arrays[f"conv{layer}.bias"] = np.zeros(outputs, dtype)
        shape = (WIDTHS[-1], self.sizes["classes"])
        head = np.sqrt(1 / WIDTHS[-1]) * rng.standard_normal(shape)
        arrays["head.weight"] = head.astype(dtype)
        arrays["head.bias"] = np.zeros(shape[1], dtype)
        return arrays

    def batches(self, dtype: Dtype, *, epoch: int = 0) -> Iterator[Batch]:
        """Whole minibatches in this epoch's order; the odd rest is left out.

        Shape:
            ``inputs`` (batch, side, side, channels), ``targets`` (batch,) int64.
        """
        rng = np.random.default_rng([self.seed, 1, epoch])
        order = rng.permutation(self._data.train)
        for start in range(0, len(order) - self.batch + 1, self.batch):
            yield self._data.batch(order[start : start + self.batch], dtype=dtype)

    def validation(self, dtype: Dtype) -> Batch:
        """The images that are not trained on, as one batch."""
        return self._data.batch(self._data.valid, dtype=dtype)

    def metrics(self, outputs: Array, batch: Batch) -> Mapping[str, float]:
        """Cross-entropy and the fraction of labels that the largest logit names."""
        labels = batch["targets"]
        log_probability = _log_softmax(outputs.astype("float64"))
        return {
            "loss": float(-log_probability[np.arange(len(labels)), labels].mean()),
            "accuracy": float((outputs.argmax(axis=1) == labels).mean()),
        }

    def reference(
        self, parameters: Arrays, batch: Batch, *, einsum: Einsum = exact
    ) -> Snapshot:
        """One training step: windows and sums, written for clarity."""
        x, gradients = batch["inputs"], {}
        layers = [f"conv{layer}" for layer in range(1, len(WIDTHS) + 1)]
        saved = []
        for name in layers:
            kernel, bias = parameters[f"{name}.weight"], parameters[f"{name}.bias"]
            windows = _windows(x)
            z = einsum("nhwijc,ijco->nhwo", windows, kernel) + bias
            saved.append((windows, z, x.shape))
            x = np.maximum(z, 0)
        pixels = x.shape[1] * x.shape[2]
        features = einsum("nhwc->nc", x) / pixels
        logits = einsum("nc,ck->nk", features, parameters["head.weight"])
        logits = logits + parameters["head.bias"]
        loss, d_logits = _cross_entropy(logits, batch["targets"], einsum=einsum)

        gradients["head.weight"] = einsum("nc,nk->ck", features, d_logits)
        gradients["head.bias"] = einsum("nk->k", d_logits)
        d_features = einsum("nk,ck->nc", d_logits, parameters["head.weight"])
        d_x = np.broadcast_to(d_features[:, None, None, :] / pixels, x.shape)
        for name, (windows, z, shape) in zip(layers[::-1], saved[::-1], strict=True):
            d_z = d_x * (z > 0)
            gradients[f"{name}.weight"] = einsum("nhwijc,nhwo->ijco", windows, d_z)
            gradients[f"{name}.bias"] = einsum("nhwo->o", d_z)
            if name != layers[0]:  # nobody asks for the gradient of the images
                kernel = parameters[f"{name}.weight"]
                d_windows = einsum("nhwo,ijco->nhwijc", d_z, kernel)
                d_x = _fold(d_windows, shape=shape)
        after = updated(parameters, gradients, optimizer=self.optimizer)
        return Snapshot(loss=loss, gradients=gradients, parameters=after)

    @cached_property
    def _data(self) -> _Data:
        images = load_images(self.data, image_size=self.image_size, seed=self.seed)
        sides = split(images.labels, seed=self.seed)
        train = images.images[sides.train]
        return _Data(
            images=images,
            train=sides.train,
            valid=sides.valid,
            mean=train.mean(axis=(0, 1, 2), dtype="float64"),
            deviation=np.maximum(train.std(axis=(0, 1, 2), dtype="float64"), 1e-6),
        )


@dataclass(frozen=True, kw_only=True)
class _Data:
    images: Images
    train: Array  # indices
    valid: Array
    mean: Array  # of each channel, over the training images
    deviation: Array

    def batch(self, chosen: Array, *, dtype: Dtype) -> Batch:
        """The chosen images, normalised, and their labels."""
        normalised = (self.images.images[chosen] - self.mean) / self.deviation
        return {
            "inputs": normalised.astype(dtype),
            "targets": self.images.labels[chosen],
        }


def _windows(x: Array) -> Array:
    """The 3x3 windows at stride 2 and padding 1: (N, H', W', 3, 3, C)."""
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    return windows[:, ::STRIDE, ::STRIDE].transpose(0, 1, 2, 4, 5, 3)


def _fold(windows: Array, *, shape: tuple[int, ...]) -> Array:
    """Sum windows back to where they were taken from: the transpose of `_windows`."""
    n, height, width, channels = shape
    padded = np.zeros((n, height + 2, width + 2, channels), windows.dtype)
    rows, columns = STRIDE * windows.shape[1], STRIDE * windows.shape[2]
    for i in range(3):
        for j in range(3):
            under = padded[:, i : i + rows : STRIDE, j : j + columns : STRIDE]
            under += windows[:, : under.shape[1], : under.shape[2], i, j]
    return padded[:, 1:-1, 1:-1]


def _log_softmax(logits: Array) -> Array:
    shifted = logits - logits.max(axis=1, keepdims=True)
    result: Array = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return result


def _cross_entropy(
    logits: Array, labels: Array, *, einsum: Einsum
) -> tuple[Array, Array]:
    """The mean over the batch, and its gradient with respect to the logits."""
    log_probability = _log_softmax(logits)
    target = np.eye(logits.shape[1], dtype=logits.dtype)[labels]
    loss = -einsum("nk,nk->", log_probability, target) / len(labels)
    return np.asarray(loss), (np.exp(log_probability) - target) / len(labels)
