"""``%%compare`` compares what a cell defines, and explains what it cannot compare."""

from __future__ import annotations

import pytest

from compare.notebook.result import FunctionComparison
from compare.render.format import DASH, TIMES
from compare.runs.words import Verdict
from compare.stats.estimates import Interval, TimingVerdict
from compare.testing.pace import Pace, PaceComparison
from tests.support.imports import imported_by

ONE = """
def one(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)
"""
OTHER = """
def other(x):
    e = np.exp(x)
    return e / e.sum(-1, keepdims=True)
"""
OTHER_AXIS = OTHER.replace("e.sum(-1", "e.sum(0")
SAME = "\ndef same(x): return x\n"


def compare_cell(notebook, line, cell):
    """Return the result of a cell, which must succeed."""
    is_done, shown = notebook.run(f"%%compare {line} --time 0{cell}")
    assert is_done, shown
    assert isinstance(notebook.value, FunctionComparison)
    return notebook.value, shown


def test_two_functions_of_a_cell_are_defined_and_agree(notebook):
    found, shown = compare_cell(notebook, "x=(8, 10)", ONE + OTHER)
    assert found.facts.verdict is Verdict.AGREES
    assert (found.facts.a, found.facts.b) == ("one", "other")
    assert "one and other agree in float64 and float32" in shown
    assert notebook.run("one(np.zeros((1, 2)))")[0], "as without the magic"


def test_a_softmax_over_another_axis_is_found_and_named(notebook):
    found, shown = compare_cell(notebook, "x=(8, 10)", ONE + OTHER_AXIS)
    assert found.facts.verdict is Verdict.DISAGREES
    assert "one and other disagree in float64 and float32" in shown
    assert "First difference, in float64: output at [" in shown
    assert "80 of 80 elements differ by more than rounding" in shown


@pytest.mark.parametrize(
    "line", ["float32:8x10", "--inputs float32:8x10", "--inputs x=float32:8x10", "v"]
)
def test_inputs_are_shapes_or_variables_of_the_notebook(notebook, line):
    notebook.run("v = np.ones((8, 10), 'float32')")
    found, _ = compare_cell(notebook, line, ONE + OTHER)
    assert [t.elements for c in found.facts.checks for t in c.tensors] == [80, 80]


def test_several_calls_come_from_a_variable(notebook):
    notebook.run("batches = [(np.ones((n, 3)),) for n in (2, 4)]")
    found, _ = compare_cell(notebook, "--calls batches", ONE + OTHER)
    (check,) = found.facts.checks
    assert [t.quantity for t in check.tensors] == ["output", "output of call 2"]


def test_a_name_with_an_underscore_is_a_helper(notebook):
    helper = "\ndef _scale(x): return 2 * x\n"
    found, _ = compare_cell(
        notebook, "x=(3,)", helper + SAME + "def again(x): return x"
    )
    assert (found.facts.a, found.facts.b) == ("same", "again")


def measure_always(monkeypatch, *, ratio, control, groups=10):
    """Let the measurement of times have this result."""

    def measure(b, a, inputs, *, than, budget_s):
        assert than == 0, "until the interval excludes 1"
        return PaceComparison(
            a=b.__name__,
            b=a.__name__,
            limit=1.0,
            ratio=ratio,
            control=control,
            verdict=Pace.CANNOT_TELL,
            groups=groups,
        )

    monkeypatch.setattr("compare.notebook.comparing.compare_pace", measure)


STEADY = Interval(estimate=1.0, low=0.99, high=1.01)
HALF = Interval(estimate=0.5, low=0.48, high=0.52)


def test_a_measured_ratio_is_shown_with_interval_and_control(notebook, monkeypatch):
    measure_always(monkeypatch, ratio=HALF, control=STEADY)
    _, shown = notebook.run(f"%%compare x=(8, 10){ONE}{OTHER}")
    assert "Time: other is faster than one" in shown
    expected = "other / one: 0.50x (0.48-0.52); one / itself: 0.99-1.01"
    assert expected in shown.replace(TIMES, "x").replace(DASH, "-")
    assert notebook.value.facts.times.verdict is TimingVerdict.FASTER


def test_a_machine_that_is_not_steady_gives_no_verdict(notebook, monkeypatch):
    measure_always(
        monkeypatch, ratio=HALF, control=Interval(estimate=1.2, low=1.1, high=1.3)
    )
    _, shown = notebook.run(f"%%compare x=(8, 10){ONE}{OTHER}")
    assert (
        "Time: cannot tell whether one or other is faster: the first one differs"
        in shown
    )


def test_a_function_that_cannot_be_timed_is_not_run(notebook):
    once = "_calls = [0]\ndef one(x): return x\n"
    fails = (
        "def other(x):\n"
        "    _calls[0] += 1\n"
        "    if _calls[0] > 2: raise ValueError('full')\n"
        "    return x"
    )
    _, shown = notebook.run(f"%%compare x=(3,) --time 0.1\n{once}{fails}")
    assert "Time: not run: ValueError: full" in shown
    assert "one and other agree" in shown


@pytest.mark.parametrize(
    ("line", "cell", "expected"),
    [
        ("x=(3,)", "\ny = 3", "found none"),
        ("x=(3,)", f"{SAME}def b(x): return x\ndef c(x): return x", "3 names: same, b"),
        ("gone", SAME + "def b(x): return x", "name 'gone' is not defined"),
        ("x=1/0", SAME + "def b(x): return x", "1/0 has no value: ZeroDivisionError"),
        ("x=(3,", SAME + "def b(x): return x", "'(' was never closed"),
        ("x=(3,) 4", SAME + "def b(x): return x", "a different name for each input"),
        ("float3:8", SAME + "def b(x): return x", "did you mean float32?"),
        ("y=(3,)", SAME + "def b(x): return x", "state inputs without names"),
        ("x=(3,)", SAME + "def b(x): return x, x", "return other structures"),
        ("x=(3,)", SAME, "function of NumPy, which has no graphs"),
        ("x=(3,) --mode xla", SAME + "def b(x): return x", "cell with one function"),
        ("x=(3,) --time -1", SAME, "--time: expected seconds; received -1"),
        ("x=(3,) --time soon", SAME, "invalid float value: 'soon'"),
        ("x=(3,) --fast", SAME, "unrecognized arguments: --fast"),
        ("--calls np", SAME + "def b(x): return x", "a list of calls"),
    ],
)
def test_wrong_input_is_one_sentence_without_a_traceback(
    notebook, line, cell, expected
):
    is_done, shown = notebook.run(f"%%compare {line}{cell}")
    message = [each for each in shown.splitlines() if each.startswith("UsageError: ")]
    assert not is_done, "a run of all cells stops"
    assert len(message) == 1
    assert expected in message[0]
    assert "Traceback" not in shown


@pytest.mark.parametrize("cell", ["1 / 0", "def one(:"])
def test_a_cell_that_fails_has_its_own_traceback(notebook, cell):
    is_done, shown = notebook.run(f"%%compare x=(3,)\n{cell}")
    assert not is_done
    assert "line 2" in shown, "as the notebook counts"
    assert "nothing was compared: the cell raised" in shown


@pytest.mark.parametrize("cell", ["%%compare?", "%%compare --help\npass"])
def test_the_help_lists_the_options(notebook, cell):
    is_done, shown = notebook.run(cell)
    assert is_done
    for option in ("INPUT", "--inputs", "--calls", "--mode", "--time"):
        assert option in shown


def test_the_package_imports_ipython_only_as_an_extension():
    every = "compare, compare.notebook, compare.notebook.comparing"
    assert "IPython" not in imported_by(f"import {every}")
