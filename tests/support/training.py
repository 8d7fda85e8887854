"""Train workloads in one framework, and save what each step computed.

``python -m tests.support.training FRAMEWORK FOLDER REQUEST``, a request as JSON. One
process must not import both frameworks, so tests start one for each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from itertools import islice
from pathlib import Path

import numpy as np

from compare import workloads
from compare.contract import Optimizer
from compare.frameworks import frameworks
from compare.workers.process import worker_environment
from tests.support.edited_sources import edit_sources

ROOT = Path(__file__).parents[2]
DTYPE = "float64"
SGD = "+sgd"


def start_training(framework, folder, *, jobs=(), optimizers=(), edits=None):
    """Start a process that trains, to be passed to `wait_for`.

    A job is (workload, mode, steps); its results are saved as ``WORKLOAD-MODE.npz`` in
    the folder. The workload ``NAME+sgd`` has SGD as its optimizer. Optimizers are
    keyword arguments of `Optimizer`; the parameter after their updates is saved in
    ``optimizers.npz``. Edits map a file of the package to pairs of source text and its
    defective form.
    """
    folder.mkdir(parents=True, exist_ok=True)
    environment = worker_environment(
        frameworks()[framework], threads=1, cache=folder / "cache", device="cpu"
    )
    (folder / "cache").mkdir(exist_ok=True)
    request = json.dumps({"jobs": jobs, "optimizers": optimizers, "edits": edits or {}})
    command = ["-W", "ignore", "-m", "tests.support.training", framework]
    return subprocess.Popen(
        [sys.executable, *command, str(folder), request],
        env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for(process):
    """Wait for a process of `start_training`; fail with its output."""
    out, _ = process.communicate(timeout=500)
    assert process.returncode == 0, out[-3000:]


def load_results(path):
    """Return the saved arrays of a job by name."""
    with np.load(path) as arrays:
        return dict(arrays)


def plant(package, edits):
    """Edit the sources of a package while Python imports them."""
    edits_of = {f"{package}/{file}": pairs for file, pairs in edits.items()}
    edit_sources(
        lambda path: next((p for f, p in edits_of.items() if path.endswith(f)), ())
    )


def build(name):
    """Return a workload; of ``NAME+sgd``, with SGD as its optimizer."""
    workload = workloads.build(name.removesuffix(SGD))
    if not name.endswith(SGD):
        return workload
    sgd = Optimizer(name="sgd", learning_rate=2.0**-6)
    kind = type(workload)
    return type(kind.__name__, (kind,), {"optimizer": sgd})()


def train(session_class, workload, *, mode, steps):
    """Return what the first step computed, and the state after all steps."""
    session = session_class(workload, mode=mode, device="cpu", dtype=DTYPE)
    stream = workloads.stream(workload, dtype=DTYPE)
    batches = [session.place(batch) for batch in islice(stream, steps)]
    snapshot = session.snapshot(batches[0])
    session.load(workload.parameters(DTYPE))
    # Elsewhere, they would take another capture.
    outputs = (session.activations(batches[0]) if mode == "eager" else None) or {}
    found = {
        **{f"step:{name}": array for name, array in snapshot.quantities().items()},
        "inference": session.predict(batches[0]),
        "training": list(outputs.values())[-1] if outputs else np.zeros(0),
        **{f"start:{name}": array for name, array in session.parameters().items()},
        "losses": [session.read_loss(session.step(batch)) for batch in batches],
        **{f"end:{name}": array for name, array in session.parameters().items()},
        "captures_count": session.captures_count(),
        "captures": str(session.graph().captures),
        "control_flow": [str(each) for each in session.graph().control_flow],
    }
    return {name: np.array(value) for name, value in found.items()}


def update(framework, optimizer, *, parameter, gradients):
    """Return a parameter after one update by each of the gradients."""
    package = frameworks()[framework].package
    make_optimizer = import_module(f"{package}.optimizers").make_optimizer
    if framework == "torch":
        torch = import_module("torch")
        variable = torch.nn.Parameter(torch.tensor(parameter))
        made = make_optimizer([variable], optimizer=optimizer)
        for gradient in gradients:
            variable.grad = torch.tensor(gradient)
            made.step()
        return variable.detach().numpy()
    if framework == "jax":
        optax = import_module("optax")
        made = make_optimizer(optimizer)
        memory = made.init(parameter)
        for gradient in gradients:
            changes, memory = made.update(gradient, memory, parameter)
            parameter = optax.apply_updates(parameter, changes)
        return np.asarray(parameter)
    keras = import_module("keras")
    keras.config.set_floatx(DTYPE)
    if frameworks()[framework].backend:
        variable = keras.Variable(parameter, dtype=DTYPE)
        made = make_optimizer(optimizer)
        for gradient in gradients:
            made.apply([keras.ops.convert_to_tensor(gradient)], [variable])
        return keras.ops.convert_to_numpy(variable)
    tensorflow = import_module("tensorflow")
    variable = tensorflow.Variable(parameter)
    made = make_optimizer([variable], optimizer=optimizer)
    for gradient in gradients:
        made.apply([tensorflow.constant(gradient)])
    return variable.numpy()


def random_updates():
    """Return a parameter and gradients for it, for tests of optimizers."""
    rng = np.random.default_rng(0)
    return rng.standard_normal((4, 3)), rng.standard_normal((20, 4, 3))


def main(framework, folder, request):
    """Do everything that a request lists."""
    wanted = json.loads(request)
    package = frameworks()[framework].package
    plant(package, wanted["edits"])
    session_class = import_module(f"{package}.session").Session
    for name, mode, steps in wanted["jobs"]:
        found = train(session_class, build(name), mode=mode, steps=steps)
        np.savez(Path(folder) / f"{name}-{mode}.npz", **found)
    parameter, gradients = random_updates()
    updated = [
        update(framework, Optimizer(**each), parameter=parameter, gradients=gradients)
        for each in wanted["optimizers"]
    ]
    np.savez(Path(folder) / "optimizers.npz", *updated)


if __name__ == "__main__":
    main(*sys.argv[1:])
