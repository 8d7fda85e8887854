"""Lessons in PyTorch; each has its counterpart in TensorFlow."""
