"""A program run in this process, and its time by step."""

from __future__ import annotations

import sys
import textwrap

import numpy as np
import pytest

from compare.study.program import insert_timers
from compare.workers import stopwatch

PROGRAM = '''
import time


class Later:
    """Found again by its module's name."""


# [step: wait]
def main():
    time.sleep(0.02)
    for _ in range(3):
        # [step: short]
        time.sleep(0.001)
        # [step: long]
        time.sleep(0.01)
    # [step: results]
    print(Later.__module__, __import__("sys").modules[Later.__module__].Later is Later)
    return {"number": 1.5, "list": [1, 2], "text": ["a", "bc"]}
'''


@pytest.fixture
def ran(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(insert_timers(textwrap.dedent(PROGRAM)))
    return stopwatch.run(path, name="some.lesson")


def test_what_a_program_returns_becomes_arrays(ran):
    assert {name: array.dtype.kind for name, array in ran.arrays.items()} == {
        "number": "f",
        "list": "i",
        "text": "U",
    }
    assert np.array_equal(ran.arrays["list"], [1, 2])


def test_time_belongs_to_the_step_that_was_marked_last(ran):
    # A sleep is never shorter than asked for; nothing is said of how much longer.
    spent_ms = {step: ns / 1e6 for step, ns in ran.elapsed_ns.items()}
    assert list(spent_ms) == ["", "wait", "short", "long", "results"]
    assert spent_ms["wait"] >= 20
    assert spent_ms["short"] >= 3
    assert spent_ms["long"] >= 30


def test_what_a_program_prints_is_kept(ran):
    assert ran.printed == "some.lesson True\n"


def test_a_program_leaves_no_module_behind(ran):
    assert "some.lesson" not in sys.modules


def test_a_program_that_raises_leaves_no_module_behind_either(tmp_path):
    path = tmp_path / "program.py"
    path.write_text("def main():\n    raise KeyError('gone')\n")
    with pytest.raises(KeyError, match="gone"):
        stopwatch.run(path, name="some.lesson")
    assert "some.lesson" not in sys.modules
