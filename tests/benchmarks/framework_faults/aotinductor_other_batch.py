"""A package of AOTInductor takes a batch of another size, and reads outside of it."""

import tempfile
from pathlib import Path

import torch
from torch import nn


class Net(nn.Module):
    def forward(self, x):
        return torch.relu(x) + 1


path = str(Path(tempfile.mkdtemp()) / "net.pt2")
program = torch.export.export(Net(), (torch.ones(64, 8),))
torch._inductor.aoti_compile_and_package(program, package_path=path)
run = torch._inductor.aoti_load_package(path)
try:
    result = run(torch.ones(2, 8))
except Exception as error:  # noqa: BLE001
    print(f"refused: {str(error).splitlines()[0]}")
    raise SystemExit(1) from None
print(
    "exported for 64 rows, called with 2: no error, and a result of shape "
    f"{tuple(result.shape)}"
)
raise SystemExit(0 if result.shape[0] != 2 else 1)
