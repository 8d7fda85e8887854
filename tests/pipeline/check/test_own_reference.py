"""The NumPy reference of a user's folder: used, able to see errors, and refused."""

from __future__ import annotations

import pytest

import compare
from compare.scaffold.copying import write_copy
from tests.support.long import long_test

pytestmark = pytest.mark.torch

SMALL = {"batch": 4, "inputs": 6, "hidden": 5, "outputs": 3}


@pytest.fixture
def check(tmp_path):
    """Return a function that checks a folder after one change of its workload."""

    def check_changed(old="", new=""):
        folder = tmp_path / "mine"
        write_copy(folder, "two_layer")
        text = (folder / "workload.py").read_text()
        assert old in text
        (folder / "workload.py").write_text(text.replace(old, new, 1))
        return compare.check(
            str(folder),
            arguments=SMALL,
            variants=("torch/eager",),
            timed=False,
            out=tmp_path / "run",
        )

    return check_changed


@long_test
def test_a_folder_agrees_with_its_own_reference(check):
    checked = check()

    (mode,) = checked.card.modes
    assert mode.agreement.judgement == "rounding"
    assert checked.card.models[0].reference.endswith("mine/workload.py:Workload")
    rows = checked.run.agreement
    assert set(rows["check"]) >= {"step", "prediction", "trajectory"}
    assert set(rows["dtype"]) == {"float64", "float32"}


def test_a_reference_that_computes_something_else_is_seen(check):
    (mode,) = check("hidden, 2 * error)", "hidden, 3 * error)").card.modes

    assert mode.agreement.judgement == "wrong"
    assert "gradient:output.weight at step 0" in mode.agreement.first_difference


@long_test
def test_a_reference_that_fails_is_refused_with_the_line_of_the_user(check):
    (mode,) = check("np.maximum(inputs, 0)", "np.maximum(inputs, nothing)").card.modes

    assert mode.status == "failed"
    assert "NameError: name 'nothing' is not defined" in mode.reason
    assert "workload.py:" in mode.reason
