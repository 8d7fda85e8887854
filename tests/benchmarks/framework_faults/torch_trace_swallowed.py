"""torch.jit.trace ends the process if the model catches an error of an operation."""

import subprocess
import sys

PROGRAM = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(4, 8), nn.Linear(9, 3)
    def forward(self, x):
        h = self.first(x).relu()
        try:
            return self.second(h)
        except RuntimeError:
            return h[:, :3]

torch.jit.trace(Net(), (torch.ones(8, 4),))
"""
done = subprocess.run(
    [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False
)
print(f"the process ended with {done.returncode} (-11 is a segmentation fault)")
raise SystemExit(0 if done.returncode < 0 else 1)
