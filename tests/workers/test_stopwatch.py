"""A program runs in this process, and its time is measured by step."""

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
    """A class that is found by the name of its module."""


# [step: wait]
def main():
    print("begin")
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
def result(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(insert_timers(textwrap.dedent(PROGRAM)))
    return stopwatch.run_program(path, name="some.lesson")


def test_returned_values_become_arrays(result):
    assert {name: array.dtype.kind for name, array in result.arrays.items()} == {
        "number": "f",
        "list": "i",
        "text": "U",
    }
    assert np.array_equal(result.arrays["list"], [1, 2])


def test_time_counts_for_the_step_that_was_marked_last(result):
    # A sleep is never shorter than requested, but may be longer by any amount.
    spent_ms = {step: ns / 1e6 for step, ns in result.elapsed_ns.items()}
    assert list(spent_ms) == ["", "wait", "short", "long", "results"]
    assert spent_ms["wait"] >= 20
    assert spent_ms["short"] >= 3
    assert spent_ms["long"] >= 30


def test_printed_output_is_returned_by_step(result):
    assert result.printed == {"wait": "begin\n", "results": "some.lesson True\n"}


def test_a_result_that_is_neither_number_nor_text_is_refused(tmp_path):
    path = tmp_path / "program.py"
    path.write_text("def main():\n    return {'losses': None}\n")
    with pytest.raises(TypeError, match="losses: expected numbers or texts; received"):
        stopwatch.run_program(path, name="some.lesson")


def test_a_program_leaves_no_module_behind(result):
    assert "some.lesson" not in sys.modules


def test_a_program_that_raises_leaves_no_module_behind_either(tmp_path):
    path = tmp_path / "program.py"
    path.write_text("def main():\n    raise KeyError('gone')\n")
    with pytest.raises(KeyError, match="gone"):
        stopwatch.run_program(path, name="some.lesson")
    assert "some.lesson" not in sys.modules
