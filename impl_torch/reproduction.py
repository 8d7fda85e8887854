"""A script that shows a difference without this toolkit; imports nothing."""

# Mode -> what it does to a model, as an expression of the script. The other
# modes capture more than a model.
CAPTURES = {
    "script": "torch.jit.script",
    "trace": "lambda model: torch.jit.trace(model, (*example,))",
    "compile": "torch.compile",
    "compile-dynamic": "lambda model: torch.compile(model, dynamic=True)",
}

SCRIPT = '''\
"""{title}"""
import sys
import numpy as np
import torch
sys.path.insert(0, {folder!r})
from {module} import {name}

def read(file):
    return {{key: torch.from_numpy(a) for key, a in np.load(file).items()}}

def load(model, file):
    with torch.no_grad():
        for key, tensor in [*model.named_parameters(), *model.named_buffers()]:
            tensor.copy_(read(file).get(key, tensor))

def run(capture):
    torch.manual_seed({seed})
    model = {call}.double().train()
    load(model, "initial.npz")
    captured = capture(model)
    captured(*example)
    load(model, "state.npz")
    output = captured(*inputs)
    output.square().mean().backward()
    gradients = {{k: p.grad for k, p in model.named_parameters()}}
    return {{"output": output, **gradients}}
example, inputs = (read(f).values() for f in ("first.npz", "batch.npz"))
one, other = run(lambda model: model), run({capture})
for key in [k for k in one if one[k] is not None]:
    print(key, float((one[key] - other[key]).abs().max()))
'''
