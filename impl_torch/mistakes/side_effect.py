"""The forward pass counts its calls in a list."""

from torch import Tensor, nn

CALLS: list[int] = []


class Net(nn.Module):
    """Two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(4, 8)
        self.output = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        CALLS.append(1)  # mistake
        return self.output(self.hidden(x).relu())
