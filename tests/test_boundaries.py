"""Who may import, exit and read what: the walls of the house."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from tests.support.imports import imported_by

ROOT = Path(__file__).parents[1]
FRAMEWORKS = {"torch", "tensorflow", "keras", "jax", "optax"}
HARNESS = sorted((ROOT / "compare").rglob("*.py"))
EVERYTHING = [*HARNESS, *(ROOT / "impl_torch").rglob("*.py")]
EVERYTHING += (ROOT / "impl_tf").rglob("*.py")
EVERYTHING += (ROOT / "impl_jax").rglob("*.py")
EVERYTHING += (ROOT / "impl_keras").rglob("*.py")


def test_the_parent_imports_no_framework():
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in HARNESS
        if path.name not in {"__main__.py", "worker.py"}
    ]
    names = ", ".join(name.removesuffix(".__init__") for name in modules)
    assert not imported_by(f"import {names}") & FRAMEWORKS


def test_declaring_a_package_imports_no_framework():
    declared = "from compare.frameworks import frameworks; frameworks()"
    assert not imported_by(declared) & FRAMEWORKS


@pytest.mark.torch
def test_a_torch_worker_imports_torch_alone():
    modules = imported_by("import compare.workers.worker, impl_torch.session")
    assert modules & FRAMEWORKS == {"torch"}


@pytest.mark.jax
def test_a_jax_worker_imports_jax_alone():
    modules = imported_by("import compare.workers.worker, impl_jax.session")
    assert modules & FRAMEWORKS == {"jax", "optax"}


@pytest.mark.tf
def test_a_tensorflow_worker_imports_tensorflow_alone():
    modules = imported_by("import compare.workers.worker, impl_tf.session")
    assert "torch" not in modules
    assert "tensorflow" in modules


@pytest.mark.parametrize(
    ("backend", "expected"),
    [
        pytest.param("torch", {"torch"}, marks=pytest.mark.torch),
        pytest.param("tf", {"tensorflow"}, marks=pytest.mark.tf),
        pytest.param("jax", {"jax"}, marks=pytest.mark.jax),
    ],
)
def test_a_worker_of_keras_imports_keras_and_its_backend(backend, expected):
    name = f"keras[{backend}]"
    modules = imported_by(
        "import os, compare.frameworks\n"
        f"declared = compare.frameworks.frameworks()['{name}']\n"
        "os.environ.update(KERAS_BACKEND=declared.environment['KERAS_BACKEND'])\n"
        "from compare.workers.importing import import_package\n"
        f"import_package('impl_keras', framework='{name}')"
    )
    assert modules & FRAMEWORKS == {"keras", *expected}


@pytest.mark.parametrize(
    "runner", ["compare.runners.onnx_runtime", "impl_tf.runners.litert"]
)
def test_a_runner_that_needs_no_framework_imports_none(runner):
    assert not imported_by(f"import {runner}") & FRAMEWORKS


def test_what_runners_in_python_share_imports_nothing_of_the_harness():
    tree = ast.parse((ROOT / "compare" / "runners" / "serving.py").read_text("utf-8"))
    imported = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [getattr(node, "module", None), *(a.name for a in node.names)]
    }
    assert not {name for name in imported if name and name.startswith("compare")}


def test_only_the_command_line_ends_the_process():
    ends = {"exit", "_exit", "abort"}
    forks = "fork_server.py"  # a forked process must not return into its parent's code
    for path in HARNESS:
        if path.parent.name == "cli" or path.name == forks:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            name = getattr(node, "attr", getattr(node, "id", None))
            assert name not in ends, f"{path}: {name}"


def test_nothing_is_unpickled_or_evaluated():
    forbidden = {"pickle", "eval", "exec", "marshal", "shelve", "dill"}
    for path in EVERYTHING:
        for node in ast.walk(ast.parse(path.read_text())):
            names = {getattr(node, "id", None)}
            if isinstance(node, ast.Import | ast.ImportFrom):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            assert not names & forbidden, f"{path}: {names & forbidden}"


def test_arrays_are_read_without_pickles():
    for path in EVERYTHING:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "np.load":
                options = {k.arg: ast.unparse(k.value) for k in node.keywords}
                assert options.get("allow_pickle") == "False", path


def test_the_map_of_the_harness_lists_the_layers_that_are_enforced():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (layers,) = [each["layers"] for each in contracts if each["type"] == "layers"]
    listed = "".join(f"    {layer}\n" for layer in layers)
    assert listed in (ROOT / "compare" / "README.md").read_text("utf-8")


def test_the_harness_names_no_framework():
    for path in HARNESS:
        names = {
            alias.name.partition(".")[0]
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        assert not names & FRAMEWORKS, path
