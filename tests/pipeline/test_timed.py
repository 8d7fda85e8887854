"""A variant whose timed steps do other work than its checked steps disagrees."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from compare.cli.run import exit_code_of
from compare.pipeline.request import RunOptions
from compare.pipeline.timed import judge_block
from compare.timing.checking import CheckedBlock
from tests.support.resuming import using_numpy_package
from tests.support.running import run

CHEATING = str(Path(__file__).parents[1] / "support" / "cheating_worker.py")
SUITE = """
launches = 2
repeats = 0
rounds = 2
block_ms = 2.0
trajectory_steps = 3

[[workload]]
name = "two_layer"
batch = 8
inputs = 30
hidden = 12
outputs = 4
learning_rate = 1e-4
"""
HONEST_CALLS = 60  # more than the agreement checks run in one session


@pytest.fixture(scope="module")
def cheated(tmp_path_factory):
    """Yield a run in which one variant leaves out updates once it is timed."""
    folder = tmp_path_factory.mktemp("cheated")
    with using_numpy_package(folder / "cache"):
        yield run_cheating(folder)


def run_cheating(folder):
    (folder / "suite.toml").write_text(SUITE)
    options = RunOptions(
        workloads=("two_layer",),
        variants=("numpy/eager", "numpy/again"),
        suite_name=str(folder / "suite.toml"),
    )
    command = (sys.executable, CHEATING, "again", str(HONEST_CALLS))
    return run(options, folder / "run", command=command)


def checks_of(run, mode):
    return run.agreement[run.agreement["mode"] == mode]


def test_the_checks_before_the_timing_do_not_find_it(cheated):
    before = checks_of(cheated, "again").query("check != 'timed'")
    assert set(before["verdict"]) == {"agrees"}


def test_its_timed_steps_disagree_with_the_reference(cheated):
    found = checks_of(cheated, "again").query("check == 'timed'")
    wrong = found[found["verdict"] == "disagrees"]
    assert set(wrong["against"]) == {"reference"}
    assert "parameter:hidden.weight" in set(wrong["quantity"])
    (difference,) = cheated.differences.to_dict("records")
    assert (difference["mode"], difference["check"]) == ("again", "timed")
    cell = cheated.cells.set_index("mode").loc["again"]
    assert cell["disagreement"].startswith("timed steps do not compute what")


def test_an_honest_variant_of_the_same_launch_agrees(cheated):
    found = checks_of(cheated, "eager").query("check == 'timed'")
    assert set(found["verdict"]) == {"agrees"}
    assert set(found["against"]) == {"reference", "the same steps one by one"}
    assert set(found.groupby("against")["quantity"].nunique()) == {3}


def test_the_exit_code_and_the_report_state_it(cheated):
    assert exit_code_of(cheated) == 1
    text = (cheated.folder / "report.md").read_text().replace("\\_", "_")
    assert "1 of 2 cells agree with the reference; 1 disagrees" in text
    assert "no variant has a ratio" in text, "its step time is not ranked"
    assert "The checks before the timing agree: only timed steps differ." in text
    assert text.count("**disagrees: the first**") == 1


def judged(timed, *repeated):
    """Return quantity -> verdict on a timed block and its repetitions."""
    block = CheckedBlock(timed=timed, repeated=repeated, first=None)
    return {
        finding.quantity: finding.verdict
        for finding in judge_block(block, dtype="float32", launch=0)
    }


def arrays(first, second):
    return {
        "parameter:first": np.array([first, 1.0]),
        "parameter:second": np.array([second, 0.5]),
    }


def test_equal_repetitions_require_equal_bits():
    same = arrays(1.0, 0.25)
    found = judged(arrays(1.0, 0.25 + 1e-9), same, same)
    assert found == {"parameter:first": "agrees", "parameter:second": "disagrees"}


def test_what_varies_in_one_tensor_is_admitted_in_the_others():
    found = judged(
        arrays(1.0, 0.25 + 1e-9), arrays(1.0, 0.25), arrays(1.0 + 1e-8, 0.25)
    )
    assert set(found.values()) == {"agrees"}


def test_a_lost_update_is_found_although_repetitions_vary():
    found = judged(arrays(1.0, 0.3), arrays(1.0, 0.25), arrays(1.0 + 1e-8, 0.25))
    assert found["parameter:second"] == "disagrees"
