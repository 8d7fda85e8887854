"""TensorBoard event files: log a training run and read it back."""

import warnings
from tempfile import TemporaryDirectory

import numpy as np
import torch
from tensorboard.backend.event_processing.plugin_event_accumulator import (
    EventAccumulator,
)
from tensorboard.util.tensor_util import make_ndarray
from torch import nn
from torch.utils.tensorboard import SummaryWriter

STEPS, RATE, BUCKETS = 40, 0.25, 10
SHAPES = [(3, 16), (16,), (16, 1), (1,)]  # weight and bias of two layers


# The graph comes from a deprecated tracer, which warns.
warnings.filterwarnings("ignore", ".torch.jit.trace.* is deprecated")


# [step: data]
def main() -> dict[str, object]:
    """Train, log the training run, and return what the log contains."""
    rng = np.random.default_rng(0)
    x = torch.tensor(rng.standard_normal((64, 3)))  # (batch, inputs)
    y = torch.sin(x.sum(dim=1, keepdim=True))  # (batch, 1)

    # [step: model]
    model = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1))
    model.double()
    start = [rng.normal(0, 0.5, shape) for shape in SHAPES]
    with torch.no_grad():
        for parameter, value in zip(model.parameters(), start, strict=True):
            parameter.copy_(torch.tensor(value.T))
    squared_error = nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)

    with TemporaryDirectory() as folder:
        # [step: writer]
        writer = SummaryWriter(folder)

        # [step: train]
        losses = []
        for step in range(STEPS):
            loss = squared_error(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())

            # [step: scalar]
            writer.add_scalar("loss", loss, step)

            # [step: histogram]
            weights = model[0].weight
            writer.add_histogram("weights", weights, step, bins=BUCKETS)

        # [step: graph]
        writer.add_graph(model, x)
        writer.close()

        # [step: read]
        log = EventAccumulator(folder, size_guidance={"tensors": 0}).Reload()
        tags = [
            *log.PluginTagToContent("scalars"),
            *log.PluginTagToContent("histograms"),
        ]
        scalars, histograms = log.Tensors("loss"), log.Tensors("weights")
        nodes = log.Graph().node

    # [step: results]
    last = make_ndarray(histograms[-1].tensor_proto)  # (buckets, 3)
    operations = sorted({node.op for node in nodes})
    print(*operations, sep="\n")
    return {
        "losses": losses,
        "tags": tags,
        "steps": [event.step for event in scalars],
        "read": [make_ndarray(event.tensor_proto) for event in scalars],
        "edges": last[:, 0].astype("float32"),
        "counts": last[:, 2].astype(int),
        "edges_dtype": str(last.dtype),
        "nodes": len(nodes),
        "operations": operations,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
