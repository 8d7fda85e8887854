"""Two dense layers with a ReLU; previous losses choose the second one."""

import torch
from torch import Tensor, nn

from impl_torch.models.layers import Linear


class ControlFlow(nn.Module):
    """A batch of vectors in, a batch of vectors out; no biases."""

    reads_values = True  # a Python `if` depends on a tensor
    losses: Tensor  # the last two, the last one first

    def __init__(
        self,
        *,
        inputs: int,
        hidden: int,
        outputs: int,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.hidden = Linear(inputs, hidden, bias=False, dtype=dtype)
        self.output = Chosen(hidden, outputs, dtype=dtype)
        # PyTorch 2.13's compiler loses changes of float64 buffers of shape ().
        self.register_buffer("losses", torch.zeros(2, dtype=dtype))

    def forward(self, x: Tensor) -> Tensor:  # (N, inputs)
        h = torch.relu(self.hidden(x))  # (N, hidden)
        has_fallen = self.losses[0] < self.losses[1]  # ()
        return self.output(h, has_fallen)  # (N, outputs)

    def remember(self, loss: Tensor) -> None:
        """Keep the loss of a training step; forget the one before last."""
        # differs: a buffer is copied into; in TensorFlow, a variable assigned
        recent = torch.stack([loss.detach(), self.losses[0]])
        self.losses.copy_(recent)


class Chosen(nn.Module):
    """A dense layer with two weights, of which it uses one."""

    # differs: `if` runs in Python; tf.function makes it a part of its graph
    def __init__(
        self, inputs: int, outputs: int, *, dtype: torch.dtype
    ) -> None:
        super().__init__()
        empty = torch.zeros((inputs, outputs), dtype=dtype)
        self.falling = nn.Parameter(empty)
        self.rising = nn.Parameter(empty.clone())

    def forward(self, x: Tensor, has_fallen: Tensor) -> Tensor:  # (N, inputs)
        if has_fallen:
            return x @ self.falling  # (N, outputs)
        return x @ self.rising  # (N, outputs)
