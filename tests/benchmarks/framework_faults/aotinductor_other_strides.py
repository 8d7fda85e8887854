"""A package of AOTInductor reads an input with other strides in the wrong order."""

import tempfile
from pathlib import Path

import torch
from torch import nn


class Net(nn.Module):
    def forward(self, x):
        return x.flatten(1) + 1


image = torch.arange(8.0).reshape(1, 2, 2, 2)
path = str(Path(tempfile.mkdtemp()) / "net.pt2")
example = image.contiguous(memory_format=torch.channels_last)
program = torch.export.export(Net(), (example,))
torch._inductor.aoti_compile_and_package(program, package_path=path)
run = torch._inductor.aoti_load_package(path)
try:
    received = run(image)
except Exception as error:  # noqa: BLE001
    print(f"refused: {str(error).splitlines()[0]}")
    raise SystemExit(1) from None
print("exported with an image in channels_last, called with a contiguous one:")
print(f"expected {Net()(image).tolist()}, received {received.tolist()}")
raise SystemExit(0 if not torch.equal(received, Net()(image)) else 1)
