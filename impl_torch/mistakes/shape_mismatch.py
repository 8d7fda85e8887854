"""The second layer expects another number of inputs."""

from torch import Tensor, nn


class Net(nn.Module):
    """Two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(4, 8)
        self.output = nn.Linear(9, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.output(self.hidden(x).relu())  # mistake
