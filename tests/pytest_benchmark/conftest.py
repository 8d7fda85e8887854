"""Fixtures: files that pytest-benchmark wrote, and files like those of `make bench`."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.benchmark_files import OWN_ENVIRONMENT, VARIANTS, benchmark

SUITE = """
import pytest

@pytest.mark.parametrize("n", [10, 100])
def test_sum(benchmark, n):
    benchmark.extra_info["loss"] = float("nan")
    benchmark(sum, range(n))

class TestSorting:
    @pytest.mark.benchmark(group="sorting")
    def test_a_list(self, benchmark):
        benchmark(sorted, list(range(50)))

class TestSortingAgain:
    @pytest.mark.benchmark(group="sorting")
    def test_a_list(self, benchmark):
        benchmark.pedantic(sorted, (list(range(50)),), rounds=3, iterations=5)

def test_that_fails(benchmark):
    benchmark(lambda: 1 / 0)
"""


@pytest.fixture(scope="session")
def genuine(tmp_path_factory) -> Path:
    """Return a folder in which pytest-benchmark wrote files."""
    folder = tmp_path_factory.mktemp("genuine")
    (folder / "test_of_others.py").write_text(SUITE)
    options = ["--benchmark-json=all.json", "--benchmark-autosave", "-q"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--benchmark-max-time=0.002"],
        cwd=folder,
        env=OWN_ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 failed, 4 passed" in done.stdout, done.stdout
    return folder


@pytest.fixture(scope="session")
def entries(genuine):
    """Return the elements of ``benchmarks`` in the genuine file."""
    return json.loads((genuine / "all.json").read_bytes())["benchmarks"]


@pytest.fixture
def ours(tmp_path):
    """Return a function that writes a file as `make bench` does, after a change."""
    content = {"benchmarks": [benchmark(variant) for variant in VARIANTS]}

    def write(change=lambda content: None):
        changed = copy.deepcopy(content)
        change(changed)
        (tmp_path / "ours.json").write_text(json.dumps(changed))
        return tmp_path / "ours.json"

    return write
