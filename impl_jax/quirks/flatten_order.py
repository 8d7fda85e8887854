"""Flattening images: channels first (NCHW) or channels last (NHWC)."""

from jax import Array


def channel_by_channel(x: Array, *, weight: Array) -> Array:
    x = x.transpose(0, 3, 1, 2)  # (N, C, H, W)
    return x.reshape(len(x), -1) @ weight


def pixel_by_pixel(x: Array, *, weight: Array) -> Array:
    return x.reshape(len(x), -1) @ weight
