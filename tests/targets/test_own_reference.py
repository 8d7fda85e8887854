"""The NumPy reference of a user's folder, in this process."""

from __future__ import annotations

import numpy as np
import pytest

from compare.contract import Optimizer
from compare.numerics.arrays import save_arrays
from compare.numerics.einsum import matmul_einsum
from compare.scaffold.copying import write_copy
from compare.targets.loading import TargetError
from compare.targets.own_reference import read_reference
from compare.workloads.target import Source, TargetWorkload

SMALL = {"batch": 4, "inputs": 6, "hidden": 5, "outputs": 3}


@pytest.fixture
def read(tmp_path):
    """Return a function that reads the reference of a folder, after one change."""

    def read_changed(old="", new=""):
        write_copy(tmp_path / "mine", "two_layer")
        file = tmp_path / "mine" / "workload.py"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))
        source = Source(name="Workload", file=str(file), arguments=SMALL)
        rng = np.random.default_rng(0)
        parameters, data = tmp_path / "parameters.npz", tmp_path / "data.npz"
        shapes = {"hidden.weight": (6, 5), "output.weight": (5, 3)}
        drawn = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
        save_arrays(parameters, drawn)
        save_arrays(
            data,
            {
                "0.0.inputs.0": rng.standard_normal((4, 6)),
                "0.0.targets.0": rng.standard_normal((4, 3)),
            },
        )
        staged = TargetWorkload(
            sources={},
            arrays=str(parameters),
            are_moved=False,
            data=str(data),
            chosen=Optimizer(name="gradient_descent", learning_rate=1e-6),
        )
        return read_reference(source, staged, seed=0)

    return read_changed


def compute_step(own):
    """Return the snapshot of the first step."""
    return own.reference(
        own.parameters("float64"),
        next(own.batches("float64")),
        einsum=matmul_einsum,
        memory={},
    )


def test_a_reference_gets_the_staged_data_under_the_keys_of_the_user(read):
    own = read()

    batch = next(own.batches("float64"))
    assert list(batch) == ["inputs", "targets"]
    snapshot = compute_step(own)
    loss = np.square(snapshot.activations["outputs"] - batch["targets"]).sum()
    assert snapshot.loss == pytest.approx(loss)
    assert list(snapshot.gradients) == ["hidden.weight", "output.weight"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("return Snapshot(", "return dict(", "a compare.contract.Snapshot; received d"),
        ('einsum("ni,ih->nh", batch', 'einsum("ni,ih->nx", batch', "ValueError"),
        ('activations={"outputs": outputs}', "activations={}", "outputs of the model"),
        ("for name, array in parameters.items()", "for name, array in []", "none from"),
        ("gradients=gradients", "gradients={}", "gradients of hidden.weight"),
        ("gradients=gradients", 'gradients={"x": 0}', "received gradients x from"),
    ],
)
def test_a_reference_in_another_form_is_refused(read, old, new, message):
    own = read(old, new)

    with pytest.raises(TargetError) as error:
        compute_step(own)

    assert message in error.value.reason
    assert "graph-compare new" in error.value.advice
