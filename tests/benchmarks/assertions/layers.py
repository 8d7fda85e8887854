"""Layers that several frameworks compute, each also by hand, and mistakes in them.

Every function takes one matrix, (batch, width), and computes in its dtype. Constants
are drawn as float32 numbers, which float64 represents.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import tensorflow as tf
import torch
from scipy import special
from torch.nn import functional


def linear(rng, width):
    """Return a dense layer of the same width."""
    w = (rng.standard_normal((width, width)) / width**0.5).astype("float32")
    b = rng.standard_normal(width).astype("float32")

    def torch_weights(x):
        return torch.from_numpy(w).to(x.dtype), torch.from_numpy(b).to(x.dtype)

    def library(x):
        weight, bias = torch_weights(x)
        return functional.linear(x, weight.T, bias)

    def by_hand(x):
        weight, bias = torch_weights(x)
        return torch.einsum("ni,io->no", x, weight) + bias

    def bias_twice(x):
        weight, bias = torch_weights(x)
        return x @ weight + 2 * bias

    def in_tf(x):
        return tf.matmul(x, tf.cast(w, x.dtype)) + tf.cast(b, x.dtype)

    def in_jax(x):
        return x @ jnp.asarray(w, x.dtype) + jnp.asarray(b, x.dtype)

    def in_numpy(x):
        return x @ w + b

    forms = {"torch": library, "torch by hand": by_hand, "tf": in_tf}
    forms |= {"jax": in_jax, "numpy": in_numpy}
    return forms, {"bias twice": bias_twice}


def softmax(rng, width):
    """Return a softmax over the last axis."""

    def library(x):
        return functional.softmax(x, dim=-1)

    def by_hand(x):
        e = torch.exp(x - x.max(-1, keepdim=True).values)
        return e / e.sum(-1, keepdim=True)

    def over_batch(x):
        return functional.softmax(x, dim=0)

    def in_tf(x):
        return tf.nn.softmax(x)

    def in_jax(x):
        return jax.nn.softmax(x)

    def in_numpy(x):
        return special.softmax(x, axis=-1)

    forms = {"torch": library, "torch by hand": by_hand, "tf": in_tf}
    forms |= {"jax": in_jax, "numpy": in_numpy}
    return forms, {"softmax over the batch": over_batch}


def layer_norm(rng, width):
    """Return a layer normalization without gain and bias."""

    def library(x):
        return functional.layer_norm(x, x.shape[-1:], eps=1e-5)

    def by_hand(x, eps=1e-5):
        centred = x - x.mean(-1, keepdim=True)
        return centred / torch.sqrt(centred.square().mean(-1, keepdim=True) + eps)

    def other_epsilon(x):
        return by_hand(x, 1e-6)

    def unbiased(x):
        centred = x - x.mean(-1, keepdim=True)
        variance = centred.square().sum(-1, keepdim=True) / max(1, x.shape[-1] - 1)
        return centred / torch.sqrt(variance + 1e-5)

    def in_tf(x):
        mean, variance = tf.nn.moments(x, axes=[-1], keepdims=True)
        return (x - mean) / tf.sqrt(variance + 1e-5)

    def in_jax(x):
        centred = x - x.mean(-1, keepdims=True)
        return centred * jax.lax.rsqrt(x.var(-1, keepdims=True) + 1e-5)

    def in_numpy(x):
        centred = x - x.mean(-1, keepdims=True)
        return centred / np.sqrt(x.var(-1, keepdims=True) + x.dtype.type(1e-5))

    forms = {"torch": library, "torch by hand": by_hand, "tf": in_tf}
    forms |= {"jax": in_jax, "numpy": in_numpy}
    mistakes = {"layer norm epsilon": other_epsilon, "unbiased variance": unbiased}
    return forms, mistakes


def gelu(rng, width):
    """Return the exact GELU."""
    root = 2**0.5

    def library(x):
        return functional.gelu(x)

    def by_hand(x):
        return x * (torch.erf(x / root) + 1) / 2

    def by_tanh(x):
        return functional.gelu(x, approximate="tanh")

    def in_tf(x):
        # `tf.cast` of a Python number would round it to float32 first.
        return x * (tf.math.erf(x / tf.constant(root, x.dtype)) + 1) / 2

    def in_jax(x):
        return x * (jax.scipy.special.erf(x / root) + 1) / 2

    def in_numpy(x):
        return x * (special.erf(x / x.dtype.type(root)) + 1) / 2

    forms = {"torch": library, "torch by hand": by_hand, "tf": in_tf}
    forms |= {"jax": in_jax, "numpy": in_numpy}
    return forms, {"gelu by tanh": by_tanh}


def silu(rng, width):
    """Return x times its logistic function."""

    def library(x):
        return functional.silu(x)

    def by_hand(x):
        return x * (1 + torch.tanh(x / 2)) / 2

    def overflowing(x):
        # Its gradient is NaN where the exponential overflows.
        return x / (1 + torch.exp(-x))

    def logistic_only(x):
        return torch.sigmoid(x)

    def in_tf(x):
        return x * tf.sigmoid(x)

    def in_jax(x):
        return jax.nn.silu(x)

    def in_numpy(x):
        return x * special.expit(x)

    forms = {"torch": library, "torch by hand": by_hand, "tf": in_tf}
    forms |= {"jax": in_jax, "numpy": in_numpy}
    return forms, {"logistic function for SiLU": logistic_only, "overflow": overflowing}


def relu(rng, width):
    """Return the positive part."""

    def library(x):
        return functional.relu(x)

    def by_hand(x):
        return torch.where(x > 0, x, torch.zeros_like(x))

    def leaky(x):
        return functional.leaky_relu(x, 0.01)

    def in_tf(x):
        return tf.nn.relu(x)

    def in_jax(x):
        return jax.nn.relu(x)

    def in_numpy(x):
        return np.maximum(x, 0)

    forms = {"torch": library, "torch by hand": by_hand, "tf": in_tf}
    forms |= {"jax": in_jax, "numpy": in_numpy}
    return forms, {"leaky ReLU": leaky}


def attention(rng, width):
    """Return self-attention over the batch, without weights."""

    def library(x):
        q = x[None]
        return functional.scaled_dot_product_attention(q, q, q)[0]

    def by_hand(x):
        scores = x @ x.T / x.shape[-1] ** 0.5
        return functional.softmax(scores, dim=-1) @ x

    def without_scale(x):
        return functional.softmax(x @ x.T, dim=-1) @ x

    def detached_keys(x):
        scores = x @ x.detach().T / x.shape[-1] ** 0.5
        return functional.softmax(scores, dim=-1) @ x

    def in_tf(x):
        scale = tf.constant(x.shape[-1] ** 0.5, x.dtype)
        return tf.nn.softmax(tf.matmul(x, x, transpose_b=True) / scale) @ x

    def in_jax(x):
        return jax.nn.softmax(x @ x.T / x.shape[-1] ** 0.5) @ x

    def in_numpy(x):
        return special.softmax(x @ x.T / x.dtype.type(x.shape[-1] ** 0.5), -1) @ x

    forms = {"torch": library, "torch by hand": by_hand, "tf": in_tf}
    forms |= {"jax": in_jax, "numpy": in_numpy}
    return forms, {
        "attention without scale": without_scale,
        "gradient detached": detached_keys,
    }


def cumulative_sum(rng, width):
    """Return the sums of each row up to each column."""

    def library(x):
        return x.cumsum(-1)

    def by_hand(x):
        return x @ torch.ones(x.shape[-1], x.shape[-1], dtype=x.dtype).triu()

    def exclusive(x):
        return x.cumsum(-1) - x

    def in_tf(x):
        return tf.cumsum(x, axis=-1)

    def in_jax(x):
        return jnp.cumsum(x, axis=-1)

    def in_numpy(x):
        return np.cumsum(x, axis=-1)

    forms = {"torch": library, "torch by hand": by_hand, "tf": in_tf}
    forms |= {"jax": in_jax, "numpy": in_numpy}
    return forms, {"exclusive sum": exclusive}


def rms_norm(rng, width):
    """Return each row divided by its root mean square."""

    def library(x):
        return functional.rms_norm(x, x.shape[-1:], eps=1e-6)

    def by_hand(x):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6)

    def sum_of_squares(x):
        return x * torch.rsqrt(x.square().sum(-1, keepdim=True) + 1e-6)

    def in_tf(x):
        square = tf.reduce_mean(tf.square(x), axis=-1, keepdims=True)
        return x * tf.math.rsqrt(square + 1e-6)

    def in_jax(x):
        return x * jax.lax.rsqrt(jnp.square(x).mean(-1, keepdims=True) + 1e-6)

    def in_numpy(x):
        square = np.square(x).mean(-1, keepdims=True) + x.dtype.type(1e-6)
        return x / np.sqrt(square)

    forms = {"torch": library, "torch by hand": by_hand, "tf": in_tf}
    forms |= {"jax": in_jax, "numpy": in_numpy}
    return forms, {"sum for mean": sum_of_squares} if width > 1 else {}


def log_sum_exp(rng, width):
    """Return the logarithm of softmax over the last axis."""

    def library(x):
        return functional.log_softmax(x, dim=-1)

    def by_hand(x):
        return x - torch.logsumexp(x, -1, keepdim=True)

    def two(x):
        return (x - torch.logsumexp(x, -1, keepdim=True)) / 0.6931471805599453

    def in_tf(x):
        return tf.nn.log_softmax(x)

    def in_jax(x):
        return jax.nn.log_softmax(x)

    def in_numpy(x):
        return special.log_softmax(x, axis=-1)

    forms = {"torch": library, "torch by hand": by_hand, "tf": in_tf}
    forms |= {"jax": in_jax, "numpy": in_numpy}
    return forms, {"logarithm to base two": two}


LAYERS = (
    *(linear, softmax, layer_norm, gelu, silu, relu),
    *(attention, cumulative_sum, rms_norm, log_sum_exp),
)
