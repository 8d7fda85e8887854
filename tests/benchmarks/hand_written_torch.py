"""The training steps as a user would write them, without the toolkit."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import torch
from torch import nn
from torch.func import functional_call, grad_and_value
from torch.nn import functional


def two_layer(shapes):
    """Return the network, its loss and its update: gradient descent written out."""
    (inputs, hidden), (_, outputs) = shapes["hidden.weight"], shapes["output.weight"]
    model = nn.Sequential(
        nn.Linear(inputs, hidden, bias=False),
        nn.ReLU(),
        nn.Linear(hidden, outputs, bias=False),
    )

    def loss_fn(y_pred, y):
        return (y_pred - y).square().sum()

    def update(parameters, rate, _):
        def apply():
            with torch.no_grad():
                for p in parameters:
                    p.sub_(p.grad, alpha=rate)

        return apply

    return model, loss_fn, update


def cnn(shapes):
    """Return the network, its loss and its update: the SGD of PyTorch."""
    widths = [shapes["conv1.weight"][2], 16, 32, 64, 128]
    layers = []
    for a, b in pairwise(widths):
        layers += [nn.Conv2d(a, b, 3, stride=2, padding=1), nn.ReLU()]
    pool, head = nn.AdaptiveAvgPool2d(1), nn.Linear(128, shapes["head.bias"][0])
    model = nn.Sequential(*layers, pool, nn.Flatten(), head)

    def update(parameters, rate, decay):
        return torch.optim.SGD(parameters, lr=rate, weight_decay=decay, fused=True).step

    return (
        model.to(memory_format=torch.channels_last),
        functional.cross_entropy,
        update,
    )


class LossOf(nn.Module):
    """Model and loss in one module, as scripting and tracing need them."""

    def __init__(self, model, loss_fn):
        super().__init__()
        self.model, self.loss_fn = model, loss_fn

    def forward(self, x, y):
        return self.loss_fn(self.model(x), y)


def loop(mode, workload, shapes, batches, *, rate, decay):
    """Return a function that performs a number of steps, and nothing else."""
    model, loss_fn, update = {"two_layer": two_layer, "cnn": cnn}[workload](shapes)
    tensors = [
        (torch.from_numpy(x), torch.from_numpy(y))
        if x.ndim == 2
        else (torch.from_numpy(x).permute(0, 3, 1, 2), torch.from_numpy(y))
        for x, y in batches
    ]
    if mode == "compile-step":
        return whole_step(model, loss_fn, tensors, rate=rate, decay=decay)
    both = LossOf(model, loss_fn)
    capture = {
        "eager": lambda module: module,
        "script": torch.jit.script,
        "trace": partial(torch.jit.trace, example_inputs=tensors[0]),
        "compile": torch.compile,
    }[mode]
    captured = capture(both)
    parameters = list(model.parameters())
    apply = update(parameters, rate, decay)

    def run(steps):
        for step in range(steps):
            x, y = tensors[step % len(tensors)]
            for p in parameters:
                p.grad = None
            loss = captured(x, y)
            loss.backward()
            apply()

    return run


def whole_step(model, loss_fn, tensors, *, rate, decay):
    """Return the same with gradient and update compiled together."""
    parameters = {n: p.detach() for n, p in model.named_parameters()}

    def loss_of(parameters, x, y):
        return loss_fn(functional_call(model, parameters, (x,)), y)

    @torch.compile(fullgraph=True)
    def step_fn(x, y):
        gradients, loss = grad_and_value(loss_of)(parameters, x, y)
        for name, p in parameters.items():
            p.sub_(gradients[name] + decay * p, alpha=rate)
        return loss

    def run(steps):
        for step in range(steps):
            x, y = tensors[step % len(tensors)]
            step_fn(x, y)

    return run
