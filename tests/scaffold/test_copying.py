"""Copies of built-in workloads are complete, and the same in both frameworks."""

from __future__ import annotations

import ast

import pytest

from compare import workloads
from compare.frameworks import frameworks_with
from compare.scaffold.copying import BUILT_IN, write_copy
from compare.targets.folders import read_workload
from compare.workloads.target import Source

LOSSES = ("squared_error", "sum_of_squares", "cross_entropy")


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_copy_has_a_workload_and_a_model_of_each_framework(tmp_path, name):
    files = write_copy(tmp_path / "new", name)

    models = [f"model_{framework}.py" for framework in frameworks_with("targets")]
    assert [file.name for file in files] == ["workload.py", *models]
    for file in files:
        tree = ast.parse(file.read_text())
        modules = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        assert not any(str(module).startswith("impl_") for module in modules)
        assert "noqa" not in file.read_text()
    for file in files[1:]:
        names = [n.name for n in ast.parse(file.read_text()).body if hasattr(n, "name")]
        assert names[-1] == "Model"


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_copy_has_the_parameters_loss_and_optimizer_of_its_original(tmp_path, name):
    file, *_ = write_copy(tmp_path / "new", name)
    config = {"data": "synthetic", "image_size": 16} if name == "cnn" else {}
    original = workloads.build(name, config)

    found = read_workload(
        Source(name="Workload", file=str(file)), seed=0, losses=LOSSES
    )

    assert found.loss == original.loss
    assert found.optimizer == original.optimizer
    assert list(found.parameters) == list(original.parameters("float64"))
    assert found.sizes.keys() == original.sizes.keys()
