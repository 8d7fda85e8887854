"""The forward pass changes a parameter in place."""

from torch import Tensor, nn


class Net(nn.Module):
    """Two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(4, 8)
        self.output = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        self.hidden.weight.add_(1.0)  # mistake
        return self.output(self.hidden(x).relu())
