"""A tf.Module whose variables are in float32 is checked in float64, and fixed."""

from __future__ import annotations

from pathlib import Path

import pytest

from compare import api
from compare.runs.words import FixOutcome, Verdict
from tests.support.long import long_test

SUPPORT = Path(__file__).parents[2] / "support"
FILE = SUPPORT / "planted_breaks" / "tf" / "py_function_in_branch.py"


@long_test
@pytest.mark.tf
def test_a_python_call_in_a_branch_is_found_once_and_fixed(tmp_path):
    result = api.check(
        f"tf={FILE}:Net",
        variants=("tf/function",),
        fix=True,
        timed=False,
        out=tmp_path / "run",
        progress=False,
    )
    run = result.run
    assert set(run.agreement["verdict"]) == {Verdict.AGREES}
    assert run.breaks["file"].tolist() == [str(FILE)]
    assert [each.outcome for each in run.record.fixes] == [FixOutcome.WORKS]
