"""The example for Slurm makes the job script that its page describes."""

from __future__ import annotations

import importlib.util
import inspect
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def example():
    path = DOCS / "examples" / "slurm.py"
    spec = importlib.util.spec_from_file_location("slurm_example", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_job_is_one_worker_with_a_node_for_itself(example):
    with example.make_cluster() as cluster:
        script = cluster.job_script()
        address = cluster.scheduler_address
    lines = script.splitlines()
    for expected in (
        "#!/usr/bin/env bash",
        "#SBATCH -n 1",
        "#SBATCH --cpus-per-task=8",
        "#SBATCH --exclusive",
        "#SBATCH -t 02:00:00",
        "export DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED=False",
    ):
        assert expected in lines
    (worker,) = (line for line in lines if "dask_worker" in line)
    assert address in worker
    assert "--nthreads 1 " in worker
    assert "--nworkers" not in worker, "more than one worker on a node"


def test_the_page_shows_the_function_of_the_example(example):
    page = (DOCS / "cluster.md").read_text("utf-8")
    assert f"```python\n{inspect.getsource(example.make_cluster)}```" in page
