"""Layers and losses on which simulated rounding is compared with real rounding."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

IMAGES, SEQUENCE, TOKENS = (4, 6, 12, 12), (4, 10, 16), (4, 40)
LABELS = torch.arange(40) % 16


class First(nn.Module):
    """The first output of a module that returns several."""

    def __init__(self, module, *, copies=1):
        super().__init__()
        self.module, self.copies = module, copies

    def forward(self, x):
        return self.module(*[x] * self.copies)[0]


class Function(nn.Module):
    """A function without parameters."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def far_statistics():
    """Return a normalization by running statistics, with a large mean."""
    layer = nn.BatchNorm2d(6).eval()
    layer.running_mean.fill_(50.0)
    return layer


def per_token(loss):
    """Return a loss of ten tokens in four sequences, and their labels."""
    return Function(lambda x: loss(x.reshape(40, 16), LABELS))


def per_value(loss):
    """Return a loss of values and targets."""
    return Function(lambda x: loss(x, x.detach().sin()))


LAYERS = {
    "Linear": (lambda: nn.Linear(16, 9), SEQUENCE),
    "Conv2d padding": (lambda: nn.Conv2d(6, 8, 3, padding=1), IMAGES),
    "Conv2d stride": (lambda: nn.Conv2d(6, 8, 3, stride=2), IMAGES),
    "Conv2d groups": (lambda: nn.Conv2d(6, 6, 3, groups=3), IMAGES),
    "Conv2d dilation": (lambda: nn.Conv2d(6, 8, 3, dilation=2), IMAGES),
    "ConvTranspose2d": (lambda: nn.ConvTranspose2d(6, 8, 3, stride=2), IMAGES),
    "BatchNorm1d": (lambda: nn.BatchNorm1d(10), SEQUENCE),
    "BatchNorm2d": (lambda: nn.BatchNorm2d(6), IMAGES),
    "BatchNorm2d eval": (lambda: nn.BatchNorm2d(6).eval(), IMAGES),
    "BatchNorm2d eval, far": (far_statistics, IMAGES),
    "LayerNorm": (lambda: nn.LayerNorm(16), SEQUENCE),
    "GroupNorm": (lambda: nn.GroupNorm(3, 6), IMAGES),
    "RMSNorm": (lambda: nn.RMSNorm(16), SEQUENCE),
    "Softmax": (lambda: nn.Softmax(-1), SEQUENCE),
    "LogSoftmax": (lambda: nn.LogSoftmax(-1), SEQUENCE),
    "GELU": (nn.GELU, SEQUENCE),
    "GELU tanh": (lambda: nn.GELU("tanh"), SEQUENCE),
    "SiLU": (nn.SiLU, SEQUENCE),
    "SiLU in place": (
        lambda: nn.Sequential(nn.Linear(16, 16), nn.SiLU(inplace=True)),
        SEQUENCE,
    ),
    "Softplus": (nn.Softplus, SEQUENCE),
    "Hardsigmoid": (nn.Hardsigmoid, SEQUENCE),
    "Embedding": (lambda: nn.Embedding(16, 5), TOKENS),
    "LSTM": (lambda: First(nn.LSTM(16, 8, bidirectional=True)), SEQUENCE),
    "GRU": (lambda: First(nn.GRU(16, 8)), SEQUENCE),
    "RNN": (lambda: First(nn.RNN(16, 8)), SEQUENCE),
    "MultiheadAttention": (
        lambda: First(nn.MultiheadAttention(16, 4), copies=3),
        SEQUENCE,
    ),
    "TransformerEncoderLayer": (
        lambda: nn.TransformerEncoderLayer(16, 4, 32, dropout=0.0),
        SEQUENCE,
    ),
    "MaxPool2d": (lambda: nn.MaxPool2d(2), IMAGES),
    "MaxPool2d overlapping": (lambda: nn.MaxPool2d(3, 2), IMAGES),
    "AvgPool2d": (lambda: nn.AvgPool2d(3, 2, 1), IMAGES),
    "AdaptiveAvgPool2d": (lambda: nn.AdaptiveAvgPool2d(5), IMAGES),
    "Upsample nearest": (lambda: nn.Upsample(scale_factor=2.5), IMAGES),
    "Upsample bilinear": (
        lambda: nn.Upsample(scale_factor=2.5, mode="bilinear"),
        IMAGES,
    ),
    "index": (lambda: Function(lambda x: x[:, [0, 0, 1, 1, 1]]), SEQUENCE),
    "cumsum": (lambda: Function(lambda x: x.cumsum(1)), SEQUENCE),
    "std": (lambda: Function(lambda x: x.std(1)), SEQUENCE),
    "einsum": (
        lambda: Function(lambda x: torch.einsum("btc,bsc->bts", x, x)),
        SEQUENCE,
    ),
    "normalize": (lambda: Function(functional.normalize), SEQUENCE),
    "cross_entropy": (lambda: per_token(functional.cross_entropy), SEQUENCE),
    "mse_loss": (lambda: per_value(functional.mse_loss), SEQUENCE),
    "huber_loss": (lambda: per_value(functional.huber_loss), SEQUENCE),
}


def draw_input(shape):
    """Return tokens, or numbers whose mean is not 0."""
    if shape == TOKENS:
        return torch.randint(0, 16, shape)
    return torch.randn(shape) * 2 + 1


def make_layer(make):
    """Return a layer whose vectors, such as biases, are not constant."""
    layer = make()
    for p in layer.parameters():
        if p.ndim == 1:
            nn.init.normal_(p)
    return layer


def compiled_model():
    """Return layers whose kernels a compiler fuses."""
    return nn.Sequential(
        nn.Conv2d(6, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.GELU(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.LayerNorm(144),
        nn.Linear(144, 10),
        nn.LogSoftmax(-1),
    )
