"""Random correct models of users, as source files for each framework.

A model is a body that ends with vectors, and a head. Everything is drawn by a seed.
Weights are drawn by NumPy or the framework's own initializers; inputs are stated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

OPTIMIZERS = ("sgd", "momentum", "adam", "adamw", "rmsprop")
LOSSES = ("mean_square", "squared_error", "cross_entropy")
KINDS = ("vectors", "images", "sequences", "tokens")


@dataclass(frozen=True, kw_only=True)
class Written:
    """A random model: its source, and what a user states."""

    name: str
    source: str
    inputs: str
    loss: str
    optimizer: str


def write_model(framework: str, number: int) -> Written:
    """Return the random model of a number."""
    rng = np.random.default_rng([ord(framework[1]), number])
    kind = KINDS[number % len(KINDS)]
    batch = int(rng.choice((2, 3, 4, 6, 8, 12)))
    body = {"torch": _torch_body, "tf": _tf_body}[framework](kind, rng)
    classes = int(rng.integers(2, 7))
    layers, inputs = body
    write = {"torch": _write_torch, "tf": _write_tf}[framework]
    return Written(
        name=f"{framework}-{number}-{kind}",
        source=write(layers, classes),
        inputs=inputs.format(batch=batch),
        loss=str(rng.choice(LOSSES)),
        optimizer=OPTIMIZERS[number % len(OPTIMIZERS)],
    )


def _pick(rng, *choices):
    return choices[int(rng.integers(len(choices)))]


def _torch_body(kind, rng):
    act = _pick(
        rng,
        "nn.GELU()",
        "nn.ReLU()",
        "nn.Tanh()",
        "nn.SiLU()",
        "nn.ELU()",
        "nn.Sigmoid()",
        "nn.Softplus()",
        "nn.LeakyReLU(0.1)",
        "nn.Hardswish()",
        "nn.Mish()",
    )
    width = 4 * int(rng.integers(2, 6))
    if kind == "vectors":
        size = int(rng.integers(3, 20))
        norm = _pick(
            rng,
            f"nn.LayerNorm({width})",
            f"nn.BatchNorm1d({width})",
            f"nn.GroupNorm(4, {width})",
            f"nn.RMSNorm({width})",
            "nn.Dropout(0.0)",
        )
        layers = [f"nn.Linear({size}, {width})", norm, act]
        if rng.random() < 0.5:
            layers += [f"Residual(nn.Linear({width}, {width}))", act]
        if rng.random() < 0.3:
            layers += ["nn.Softmax(dim=-1)"]
        return layers, f"float32:{{batch}}x{size}"
    if kind == "images":
        channels, side = int(rng.integers(1, 4)), int(rng.integers(6, 11))
        kernel, padding = _pick(rng, ("3", 1), ("1", 0), ("(3, 1)", "(1, 0)"))
        norm = _pick(
            rng,
            f"nn.BatchNorm2d({width})",
            f"nn.GroupNorm(2, {width})",
            f"nn.InstanceNorm2d({width}, affine=True)",
            "nn.Identity()",
        )
        groups = _pick(rng, 1, width)
        pool = _pick(
            rng,
            "nn.MaxPool2d(2)",
            "nn.AvgPool2d(2)",
            "nn.AdaptiveAvgPool2d(2)",
            "nn.Upsample(scale_factor=2)",
            "nn.AvgPool2d(3, stride=2, padding=1)",
        )
        convs = [
            f"nn.Conv2d({channels}, {width}, {kernel}, padding={padding})",
            norm,
            act,
            pool,
            f"nn.Conv2d({width}, {width}, 3, padding=1, groups={groups})",
        ]
        if rng.random() < 0.3:
            convs.append(f"nn.ConvTranspose2d({width}, {width}, 2, stride=2)")
        return (
            [*convs, act, "nn.AdaptiveAvgPool2d(1)", "nn.Flatten()"],
            f"float32:{{batch}}x{channels}x{side}x{side}",
        )
    length = int(rng.integers(3, 8))
    encoder = _pick(
        rng,
        f"First(nn.GRU({width}, {width}, batch_first=True))",
        f"First(nn.LSTM({width}, {width}, batch_first=True))",
        f"First(nn.RNN({width}, {width}, batch_first=True))",
        f"Attention({width}, 2)",
        f"nn.TransformerEncoderLayer({width}, 2, {2 * width}, 0.0, batch_first=True)",
    )
    end = _pick(rng, "Mean()", "Last()")
    if kind == "sequences":
        size = int(rng.integers(2, 9))
        start = [f"nn.Linear({size}, {width})"]
        return (
            [*start, encoder, act, end],
            f"float32:{{batch}}x{length}x{size}",
        )
    start = [f"nn.Embedding(11, {width})", f"nn.LayerNorm({width})"]
    return [*start, encoder, act, end], f"int64[0,11):{{batch}}x{length}"


TORCH = '''"""A random model."""

import torch
from torch import nn


class Residual(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return x + self.layer(x)


class First(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)[0]


class Attention(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.layer = nn.MultiheadAttention(width, heads, batch_first=True)

    def forward(self, x):
        return self.layer(x, x, x)[0]


class Mean(nn.Module):
    def forward(self, x):
        return x.mean(1)


class Last(nn.Module):
    def forward(self, x):
        return x[:, -1]


def model():
    return nn.Sequential(
        {layers},
        nn.LazyLinear({classes}),
    )
'''


def _write_torch(layers, classes):
    source = TORCH.replace("{layers}", ",\n        ".join(layers))
    source = source.replace("{classes}", str(classes))
    # The size of the last layer's input is known after a call.
    return source.replace(
        f"        nn.LazyLinear({classes}),\n",
        f"        nn.Linear({_last_width(layers)}, {classes}),\n",
    )


def _last_width(layers):
    """Return the number of features before the head, of the first sized layer."""
    first = re.search(
        r"nn\.(?:Conv2d|Linear|Embedding)\((\d+), (\d+)", " ".join(layers)
    )
    return int(first.group(2))


def _tf_body(kind, rng):
    act = _pick(
        rng,
        *(
            f'layers.Activation("{name}")'
            for name in (
                "relu",
                "gelu",
                "tanh",
                "silu",
                "elu",
                "sigmoid",
                "softplus",
                "leaky_relu",
            )
        ),
    )
    width = 4 * int(rng.integers(2, 6))
    if kind == "vectors":
        size = int(rng.integers(3, 20))
        norm = _pick(
            rng,
            "layers.LayerNormalization()",
            "layers.BatchNormalization()",
            "layers.Dropout(0.0)",
            "layers.UnitNormalization()",
        )
        found = [f"layers.Dense({width})", norm, act]
        if rng.random() < 0.5:
            found += [f"layers.Dense({width})", act]
        if rng.random() < 0.3:
            found += ["layers.Softmax()"]
        return (f"({size},)", found), f"float32:{{batch}}x{size}"
    if kind == "images":
        channels, side = int(rng.integers(1, 4)), int(rng.integers(6, 11))
        norm = _pick(
            rng,
            "layers.BatchNormalization()",
            "layers.GroupNormalization(2)",
            "layers.Activation('linear')",
        )
        pool = _pick(
            rng,
            "layers.MaxPooling2D(2)",
            "layers.AveragePooling2D(2)",
            "layers.UpSampling2D(2)",
            "layers.ZeroPadding2D(1)",
        )
        second = _pick(
            rng,
            f"layers.Conv2D({width}, 3, padding='same')",
            "layers.DepthwiseConv2D(3, padding='same')",
            f"layers.SeparableConv2D({width}, 3)",
            f"layers.Conv2DTranspose({width}, 2, strides=2)",
        )
        convs = [f"layers.Conv2D({width}, 3, padding='same')", norm, act, pool]
        return (
            (
                f"({side}, {side}, {channels})",
                [*convs, second, act, "layers.GlobalAveragePooling2D()"],
            ),
            f"float32:{{batch}}x{side}x{side}x{channels}",
        )
    length = int(rng.integers(3, 8))
    encoder = _pick(
        rng,
        f"layers.GRU({width}, return_sequences=True)",
        f"layers.LSTM({width}, return_sequences=True)",
        f"layers.SimpleRNN({width}, return_sequences=True)",
        f"Attention({width})",
        f"layers.Conv1D({width}, 3, padding='causal')",
    )
    end = _pick(rng, "layers.GlobalAveragePooling1D()", "layers.Flatten()")
    if kind == "sequences":
        size = int(rng.integers(2, 9))
        return (
            (f"({length}, {size})", [f"layers.Dense({width})", encoder, act, end]),
            f"float32:{{batch}}x{length}x{size}",
        )
    found = [f"layers.Embedding(11, {width})", "layers.LayerNormalization()"]
    return (
        (f"({length},)", [*found, encoder, act, end]),
        f"int32[0,11):{{batch}}x{length}",
    )


TF = '''"""A random model."""

import keras
from keras import layers


class Attention(layers.Layer):
    def __init__(self, width):
        super().__init__()
        self.layer = layers.MultiHeadAttention(2, width // 2)

    def build(self, shape):
        self.layer.build(shape, shape)

    def call(self, x):
        return self.layer(x, x)


def model():
    return keras.Sequential(
        [
            keras.Input({shape}),
            {layers},
            layers.Dense({classes}),
        ]
    )
'''


def _write_tf(body, classes):
    shape, found = body
    source = TF.replace("{layers}", ",\n            ".join(found))
    return source.replace("{shape}", shape).replace("{classes}", str(classes))
