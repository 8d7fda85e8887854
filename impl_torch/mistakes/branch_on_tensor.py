"""Python chooses a branch by the value of a tensor."""

from torch import Tensor, nn


class Net(nn.Module):
    """Two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(4, 8)
        self.output = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        y = self.output(self.hidden(x).relu())
        if x.sum() > 0:  # mistake
            y = y * 2
        return y
