"""The forward pass stops in the debugger."""

from torch import Tensor, nn


class Net(nn.Module):
    """Two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(4, 8)
        self.output = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        h = self.hidden(x).relu()
        breakpoint()  # mistake
        return self.output(h)
