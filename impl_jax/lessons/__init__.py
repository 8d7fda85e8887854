"""Lessons in JAX; each has its counterparts in PyTorch and TensorFlow."""
