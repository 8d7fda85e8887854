"""No mistake: what the cost of a remedy is measured with."""

from torch import Tensor, nn


class Net(nn.Module):
    """Two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(4, 256)
        self.output = nn.Linear(256, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.output(self.hidden(x).relu())
