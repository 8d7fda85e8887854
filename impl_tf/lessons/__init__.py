"""Lessons in TensorFlow; each has its counterpart in PyTorch."""
