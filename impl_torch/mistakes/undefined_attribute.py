"""A branch that is taken in the third step only reads a missing attribute."""

from torch import Tensor, nn


class Net(nn.Module):
    """Two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(4, 8)
        self.output = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        y = self.output(self.hidden(x).relu())
        if x.sum() > 0:
            return y
        return y * self.scale  # mistake
