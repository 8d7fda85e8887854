"""Users' PyTorch models: their inputs, random draws and masks."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.impl_torch.test_rounding import run_module

CHECKS = ast.parse(Path(__file__).with_name("target_checks.py").read_text())
PROPERTIES = [
    node.name
    for node in CHECKS.body
    if isinstance(node, ast.FunctionDef) and node.name[0] != "_"
]

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def found():
    return run_module("tests.impl_torch.target_checks")


@pytest.mark.parametrize("name", PROPERTIES)
def test_a_model_of_a_user_is_run_as_intended(found, name):
    assert not found[name]
