"""Tracing and retracing: Python code runs only during a trace."""

import warnings
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.fx import GraphModule

# Tracing to TorchScript is deprecated and warns at every call.
warnings.filterwarnings("ignore", ".torch.jit.trace. is deprecated")
trace = partial(torch.jit.trace, check_trace=False)  # no second trace


# [step: data]
def main() -> dict[str, object]:
    """Trace small functions, then change the values that they read."""
    rng = np.random.default_rng(0)
    x = torch.tensor(rng.random(4))  # all positive

    # [step: a number]
    factor, notes = [2.0], []

    def scaled(x: Tensor) -> Tensor:
        notes.append("Python was here")
        return factor[0] * x

    traced = trace(scaled, x)
    first = traced(x)
    factor[0] = 5.0
    second = traced(x)

    # [step: a side effect]
    for _ in range(10):
        traced(x)
    noted = len(notes)

    # [step: another shape]
    shorter = traced(x[:2])
    shape_traces = len(notes)

    # [step: a number as argument]
    def times(x: Tensor, number: float) -> Tensor:
        notes.append("Python was here")
        return number * x

    notes.clear()
    try:
        trace(times, (x, 3.0))
    except RuntimeError as error:
        print(error)
    number_traces = len(notes)
    notes.clear()
    traced = trace(times, (x, torch.tensor(1.0, dtype=x.dtype)))
    for number in [1.0, 2.0, 3.0]:
        multiple = traced(x, torch.tensor(number, dtype=x.dtype))
    tensor_traces = len(notes)

    # [step: a condition]
    def bend(x: Tensor) -> Tensor:
        return 2 * x if x.sum() > 0 else x - 1

    with warnings.catch_warnings(record=True, action="always") as caught:
        traced = trace(bend, x)
    print(caught[-1].message)
    positive, negative = traced(x), traced(-x)

    # [step: guards]
    graphs = []

    def counted(graph: GraphModule, _example: list[Tensor]) -> Callable:
        graphs.append(graph)
        return graph.forward  # run it unchanged

    changing = [2.0]

    def changed(x: Tensor) -> Tensor:
        return changing[0] * x

    traced = torch.compile(changed, backend=counted)
    traced(x)
    changing[0] = 5.0
    guarded = traced(x)
    guarded_traces = len(graphs)

    # [step: export]
    class Scaled(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x * factor[0]

    exported = torch.export.export(Scaled(), (x,)).module()
    factor[0] = 7.0
    frozen = exported(x)

    # [step: results]
    return {
        "x": x,
        "first": first,
        "second": second,
        "noted": noted,
        "shorter": shorter,
        "shape_traces": shape_traces,
        "number_traces": number_traces,
        "tensor_traces": tensor_traces,
        "multiple": multiple,
        "positive": positive,
        "negative": negative,
        "right": torch.equal(negative, bend(-x)),
        "guarded": guarded,
        "frozen": frozen,
        "guarded_traces": guarded_traces,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
