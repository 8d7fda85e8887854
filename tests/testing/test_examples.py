"""The tests in docs/examples/testing, as a user runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "examples" / "testing"


@pytest.mark.tf
@pytest.mark.torch
@pytest.mark.parametrize("library", ["keras", "transformers", "diffusers"])
def test_a_rewritten_test_of_another_project_passes(library, tmp_path):
    if find_spec(library) is None:
        pytest.skip(f"{library} is not installed: pip install {library}")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", FOLDER / f"test_{library}.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in done.stdout, done.stdout
