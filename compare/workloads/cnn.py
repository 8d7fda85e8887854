"""A small image classifier, trained in the usual way: minibatches, epochs, SGD.

Four 3x3 convolutions of stride 2 with ReLU, global average pooling, a linear head,
cross-entropy. Padding is one pixel on every side, written explicitly, because the
frameworks' own "same" padding differs at stride 2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from compare.contract import Optimizer, Snapshot
from compare.errors import DataError
from compare.numerics.convolution import (
    ConvolutionChain,
    flip_kernel,
    keep_kernel,
    pad_half_kernel,
    pad_same,
    transpose_kernel,
)
from compare.numerics.dtypes import CARRIER, round_to_dtype
from compare.numerics.einsum import matmul_einsum, sgd_step
from compare.workloads import probing
from compare.workloads.images.loading import (
    Images,
    load_images,
    save_images,
    split_positions,
)
from compare.workloads.losses import differentiate_cross_entropy, log_probabilities
from compare.workloads.requirements import require_at_least, require_positive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from compare.contract import Array, Arrays, Batch, Dtype, Einsum, Reference
    from compare.numerics.convolution import KernelTransform, Padding

WIDTHS = (16, 32, 64, 128)
PROBE = "probe"  # data chosen to expose errors, see `probing`
# The images of a probe. Their sides shrink to 4 x 5 pixels before the last layer, so
# that every layer's images are larger than its kernel.
PROBE_SHAPE = (25, 35, 3)
PROBE_CLASSES = 5
LAYERS = tuple(f"conv{number}" for number in range(1, len(WIDTHS) + 1))
STRIDE = 2

Loss = Callable[..., "tuple[Array, Array]"]  # the loss and the gradient of the logits


def _sum_over_batch(
    logits: Array, labels: Array, *, einsum: Einsum
) -> tuple[Array, Array]:
    """Make a mistake: sum over the batch."""
    loss, d_logits = differentiate_cross_entropy(logits, labels, einsum=einsum)
    return loss * len(labels), d_logits * len(labels)


def _softmax_twice(
    logits: Array, labels: Array, *, einsum: Einsum
) -> tuple[Array, Array]:
    """Make a mistake: pass probabilities to a cross-entropy that expects logits."""
    probability = np.exp(log_probabilities(logits, einsum=einsum))
    loss, d_probability = differentiate_cross_entropy(
        probability, labels, einsum=einsum
    )
    mean = einsum("nk,nk->n", probability, d_probability)
    return loss, probability * (d_probability - mean[:, None])


@dataclass(frozen=True, kw_only=True)
class _Spelling:
    """The parts of a step in which models are often ported wrongly."""

    padding: Padding = pad_half_kernel
    transform: KernelTransform = keep_kernel
    loss: Loss = differentiate_cross_entropy


@dataclass(frozen=True, kw_only=True)
class Cnn:
    """Images, minibatches and hyperparameters; channels and classes follow the data."""

    data: str = "digits"  # or "synthetic", a folder of images, an .npz file, PROBE
    image_size: int | None = None
    batch: int = 128
    # Powers of two are exact in every dtype and in every optimizer.
    learning_rate: float = 2.0**-3
    weight_decay: float = 2.0**-11
    epochs: int = 5
    seed: int = 0

    model: ClassVar[str] = "cnn"
    loss: ClassVar[str] = "cross_entropy"

    def __post_init__(self) -> None:
        """Reject configurations that cannot run."""
        require_at_least(self, batch=1, epochs=0, seed=0, weight_decay=0)
        require_positive(self, "learning_rate")

    @property
    def optimizer(self) -> Optimizer:
        """SGD with weight decay, without momentum."""
        return Optimizer(
            name="sgd",
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
        )

    @property
    def sizes(self) -> Mapping[str, int]:
        """Return the keyword arguments of the model."""
        return {
            "channels": self._data.images.images.shape[-1],
            "classes": len(self._data.images.classes),
        }

    @property
    def flops_per_step(self) -> float:
        """Count three products per layer; the first layer needs no input gradient."""
        _, side, _, channels = self._data.images.images.shape
        total = 3 * 2.0 * self.batch * WIDTHS[-1] * self.sizes["classes"]
        for layer, (inputs, outputs) in enumerate(pairwise((channels, *WIDTHS))):
            side = -(-side // STRIDE)
            product = 2.0 * self.batch * side * side * 9 * inputs * outputs
            total += product * (2 if layer == 0 else 3)
        return total

    def probe(self) -> Cnn:
        """Return small images that are not square, with an uneven last batch."""
        return Cnn(
            data=PROBE,
            batch=probing.BATCH,
            learning_rate=probing.RATE,
            weight_decay=2.0**-6,
            epochs=0,
        )

    def staged(self, folder: Path) -> Cnn:
        """Return the same workload with its images in one file of `folder`."""
        images = load_images(self.data, image_size=self.image_size, seed=self.seed)
        train = len(split_positions(images.labels, seed=self.seed).train)
        if train < self.batch:
            raise DataError(
                f"{self.data}: expected at least {self.batch} images to train on, one "
                f"minibatch; found {train}. Add images or choose a smaller batch"
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
        """Return He-normal weights and zero biases.

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
            arrays[f"conv{layer}.weight"] = round_to_dtype(kernel, dtype)
            arrays[f"conv{layer}.bias"] = self._draw_bias(rng, outputs, dtype=dtype)
        shape = (WIDTHS[-1], self.sizes["classes"])
        head = np.sqrt(1 / WIDTHS[-1]) * rng.standard_normal(shape)
        arrays["head.weight"] = round_to_dtype(head, dtype)
        arrays["head.bias"] = self._draw_bias(rng, shape[1], dtype=dtype)
        return arrays

    def _draw_bias(self, rng: np.random.Generator, size: int, *, dtype: Dtype) -> Array:
        if self.data == PROBE:
            return round_to_dtype(probing.draw_bias(rng, size), dtype)
        return np.zeros(size, CARRIER[dtype])

    def batches(self, dtype: Dtype, *, epoch: int = 0) -> Iterator[Batch]:
        """Return minibatches in this epoch's order; drop an incomplete last one.

        A probe keeps it.

        Shape:
            ``inputs`` (batch, side, side, channels), ``targets`` (batch,) int64.
        """
        rng = np.random.default_rng([self.seed, 1, epoch])
        order = rng.permutation(self._data.train)
        whole = len(order) - self.batch + 1
        for start in range(0, len(order) if self.data == PROBE else whole, self.batch):
            yield self._data.batch(order[start : start + self.batch], dtype=dtype)

    def validation(self, dtype: Dtype) -> Batch:
        """Return the images that are not used for training, as one batch."""
        return self._data.batch(self._data.valid, dtype=dtype)

    def metrics(self, outputs: Array, batch: Batch) -> Mapping[str, float]:
        """Return the cross-entropy and the classification accuracy."""
        labels = batch["targets"]
        log_probability = log_probabilities(outputs.astype("float64"))
        return {
            "loss": float(-log_probability[np.arange(len(labels)), labels].mean()),
            "accuracy": float((outputs.argmax(axis=1) == labels).mean()),
        }

    @property
    def respelled(self) -> Mapping[str, Reference]:
        """Return steps with one mistake that is common when a model is ported."""
        mistakes = {
            "same_padding": _Spelling(padding=pad_same),
            "kernel_layout": _Spelling(transform=transpose_kernel),
            "convolution_flip": _Spelling(transform=flip_kernel),
            "cross_entropy_reduction": _Spelling(loss=_sum_over_batch),
            "softmax_twice": _Spelling(loss=_softmax_twice),
        }
        return {
            name: partial(self._step, spelling=spelling)
            for name, spelling in mistakes.items()
        }

    def reference(
        self,
        parameters: Arrays,
        batch: Batch,
        *,
        einsum: Einsum = matmul_einsum,
        memory: Mapping[str, Array] = {},
    ) -> Snapshot:
        """Compute one training step, with gradients derived by hand."""
        return self._step(parameters, batch, einsum=einsum, memory=memory)

    def _step(
        self,
        parameters: Arrays,
        batch: Batch,
        *,
        einsum: Einsum = matmul_einsum,
        memory: Mapping[str, Array] = {},  # noqa: ARG002 - plain SGD has no state
        spelling: _Spelling = _Spelling(),
    ) -> Snapshot:
        chain = ConvolutionChain(
            names=LAYERS,
            stride=STRIDE,
            padding=spelling.padding,
            transform=spelling.transform,
        )
        layers = chain.forward(batch["inputs"], parameters, einsum=einsum)
        z = layers[-1].outputs
        pixels = z.shape[1] * z.shape[2]
        features = einsum("nhwc->nc", np.maximum(z, 0)) / pixels
        logits = einsum("nc,ck->nk", features, parameters["head.weight"])
        logits = logits + parameters["head.bias"]
        loss, d_logits = spelling.loss(logits, batch["targets"], einsum=einsum)

        d_features = einsum("nk,ck->nc", d_logits, parameters["head.weight"])
        d_z = d_features[:, None, None, :] / pixels * (z > 0)
        gradients = {
            **chain.backward(layers, d_z, parameters, einsum=einsum),
            "head.weight": einsum("nc,nk->ck", features, d_logits),
            "head.bias": einsum("nk->k", d_logits),
        }
        gradients = {name: gradients[name] for name in parameters}
        return Snapshot(
            loss=loss,
            gradients=gradients,
            parameters=sgd_step(parameters, gradients, optimizer=self.optimizer),
            activations={**chain.outputs(layers), "head": logits},
        )

    @cached_property
    def _data(self) -> _Data:
        if self.data == PROBE:
            return _probe_data()
        images = load_images(self.data, image_size=self.image_size, seed=self.seed)
        sides = split_positions(images.labels, seed=self.seed)
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
    mean: Array | float  # per channel, over the training images
    deviation: Array | float

    def batch(self, chosen: Array, *, dtype: Dtype) -> Batch:
        """Return the chosen images, normalised, and their labels."""
        normalised = (self.images.images[chosen] - self.mean) / self.deviation
        return {
            "inputs": round_to_dtype(normalised, dtype),
            "targets": self.images.labels[chosen],
        }


def _probe_data() -> _Data:
    """Return the data of a probe: one whole minibatch and an uneven last one."""
    rng = np.random.default_rng(0)
    count = probing.BATCH + probing.LAST
    images = Images(
        images=probing.draw_inputs(rng, (count, *PROBE_SHAPE)),
        labels=probing.draw_labels(rng, count=count, classes=PROBE_CLASSES),
        classes=tuple(f"class {number}" for number in range(PROBE_CLASSES)),
    )
    everything = np.arange(count)
    return _Data(
        images=images, train=everything, valid=everything, mean=0.0, deviation=1.0
    )
