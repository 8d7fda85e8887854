"""Assertions on functions and models of each framework, in processes that import it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.impl_torch.test_rounding import run_module

FOLDER = Path(__file__).parent


def list_properties(module):
    tree = ast.parse((FOLDER / f"{module}.py").read_text())
    functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    return [(module, name) for name in functions if name[0] != "_"]


TORCH = list_properties("torch_checks")
OTHERS = list_properties("other_framework_checks")


@pytest.fixture(scope="module")
def of_torch():
    return run_module("tests.testing.torch_checks")


@pytest.fixture(scope="module")
def of_others():
    return run_module("tests.testing.other_framework_checks")


@pytest.mark.torch
@pytest.mark.parametrize(("module", "name"), TORCH)
def test_an_assertion_on_functions_of_pytorch_holds(of_torch, module, name):
    assert not of_torch[name]


@pytest.mark.torch
@pytest.mark.tf
@pytest.mark.jax
@pytest.mark.parametrize(("module", "name"), OTHERS)
def test_an_assertion_on_functions_of_several_frameworks_holds(of_others, module, name):
    assert not of_others[name]
