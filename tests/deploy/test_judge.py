"""The verdict on the outputs that a runner has written."""

from __future__ import annotations

import numpy as np
import pytest

from compare.deploy.judge import judge_case, read_outputs
from compare.numerics.arrays import save_arrays
from compare.runs.words import Verdict
from compare.workers.deploying import EXPECTED

EXACT = np.array([[0.5, -2.0], [1.0, 0.25]])
DEVIATION = 1e-6


@pytest.fixture
def judge(tmp_path):
    """Return a function that judges outputs; `EXACT` and ten times it are expected."""
    save_arrays(tmp_path / EXPECTED, {"0": EXACT, "1": 10 * EXACT})

    def judge_outputs(*received, deviations=(DEVIATION, DEVIATION)):
        arrays = [np.asarray(each, "float32") for each in received]
        return judge_case(tmp_path, arrays, deviations=deviations, dtype="float32")

    return judge_outputs


def test_outputs_that_rounding_moved_agree(judge):
    judged = judge(EXACT + 3 * DEVIATION, 10 * EXACT)
    assert judged.verdict is Verdict.AGREES
    assert judged.error == pytest.approx(3 * DEVIATION, rel=0.1)
    assert judged.tolerance == pytest.approx(4 * DEVIATION, rel=0.2)
    assert judged.reason == ""


@pytest.mark.parametrize("number", [0, 1])
def test_one_wrong_output_decides_the_verdict(judge, number):
    outputs = [EXACT, 10 * EXACT]
    outputs[number] = outputs[number] + 1e-4
    judged = judge(*outputs)
    assert judged.verdict is Verdict.DISAGREES
    assert judged.error == pytest.approx(1e-4, rel=0.1)


def test_of_several_outputs_the_worst_by_its_own_tolerance_is_shown(judge):
    judged = judge(EXACT + 1e-6, 10 * EXACT + 2e-6, deviations=[1e-6, 1e-3])
    assert judged.error == pytest.approx(1e-6, rel=0.1)


@pytest.mark.parametrize(
    "outputs",
    [[EXACT], [EXACT, EXACT, EXACT], [EXACT, EXACT[:1]], [EXACT, EXACT.reshape(4)]],
    ids=["fewer", "more", "other size", "other shape"],
)
def test_outputs_of_other_shapes_disagree_with_both_shapes_as_the_reason(
    judge, outputs
):
    judged = judge(*outputs)
    assert judged.verdict is Verdict.DISAGREES
    assert (judged.error, judged.tolerance) == (None, None)
    assert judged.reason.startswith("expected outputs of shapes [(2, 2), (2, 2)]; ")
    assert str([each.shape for each in outputs]) in judged.reason


def test_an_output_that_is_not_finite_disagrees(judge):
    assert judge(EXACT, EXACT * np.nan).verdict is Verdict.DISAGREES


def test_an_output_that_rounding_alone_may_change_wholly_is_undecided(judge):
    judged = judge(EXACT + 1, 10 * EXACT, deviations=[2.0, DEVIATION])
    assert judged.verdict is Verdict.UNDECIDED


def test_a_wrong_output_decides_the_verdict_next_to_an_undecided_one(judge):
    judged = judge(EXACT + 1000, 10 * EXACT + 1e-4, deviations=[2.0, DEVIATION])
    assert judged.verdict is Verdict.DISAGREES


def test_outputs_are_read_in_the_order_of_their_numbers(tmp_path):
    for number in range(11):
        np.save(tmp_path / f"output_{number}.npy", np.float32(number))
    assert [int(each) for each in read_outputs(tmp_path)] == list(range(11))
