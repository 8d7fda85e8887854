"""Timed steps that do other work than checked steps are found."""

from __future__ import annotations

import numpy as np
import pytest

from compare import workloads
from compare.agreement.judge import agrees
from compare.errors import WorkerError
from compare.pipeline.timed import judge_block, judge_first
from compare.reference.expectation import expectations
from compare.timing.checking import (
    FIRST_STEPS,
    CheckedBlock,
    check_block,
    choose_kept_rounds,
    have_same_bits,
)
from compare.workers import messages
from tests.support import numpy_session
from tests.support.numpy_session import NumpySession, SmallWorker

SIZES = {
    "two_layer": {"batch": 4, "inputs": 6, "hidden": 5, "outputs": 3},
    # Several batches, and an optimizer with a state.
    "quirk": {"quirk": "sgd_momentum", "spelling": "rate_outside"},
}
DTYPE = "float64"
LATE, DIFFERENT, WRONG = "late", "differs one by one", "differs from the reference"


@pytest.fixture(params=SIZES)
def find_problems(request, monkeypatch, tmp_path):
    """Return a function: the problems that are found in a class of sessions."""
    name = request.param
    workload = workloads.build(name, SIZES[name])
    *_, expected = expectations(
        workload, dtype=DTYPE, steps=FIRST_STEPS, folder=tmp_path / "expected"
    )

    def find(session):
        worker = SmallWorker(session, monkeypatch)
        worker.request(
            messages.Prepare(
                workload=name,
                config=SIZES[name],
                mode="eager",
                device="cpu",
                dtype=DTYPE,
            )
        )
        worker.request(messages.WarmUp(steps=5, seconds=0.0))
        for keep in (False, True, False):
            worker.request(messages.Block(lead_in=3, steps=20, keep=keep))
        try:
            checked = check_block(worker, folder=tmp_path / "kept", is_first=True)
        except WorkerError as error:
            return {LATE if "work is done after a block" in str(error) else error}
        found = set()
        if not agrees(judge_block(checked, dtype=DTYPE, launch=0)):
            found.add(DIFFERENT)
        if not agrees(judge_first(checked.first, expected=expected, dtype=DTYPE)):
            found.add(WRONG)
        return found

    return find


def test_an_honest_session_has_no_problem(find_problems):
    assert find_problems(NumpySession) == set()


def test_results_that_are_not_deterministic_are_no_problem(find_problems):
    assert DIFFERENT not in find_problems(numpy_session.IsNotDeterministic)


@pytest.mark.parametrize(
    ("cheat", "problem"),
    [
        ("DoesNothing", WRONG),
        ("CachesByBatch", DIFFERENT),
        ("RunsWhenRead", LATE),
        ("SkipsEverySecondUpdate", DIFFERENT),
        ("SkipsEverySecondUpdate", WRONG),
        ("SkipsLaterUpdates", WRONG),
        ("ReturnsStaleLoss", WRONG),
        ("UpdatesInAnotherThread", DIFFERENT),
    ],
)
def test_a_planted_cheat_is_found(find_problems, cheat, problem):
    assert problem in find_problems(getattr(numpy_session, cheat))


def test_the_kept_block_is_run_and_timed_like_any_other(monkeypatch):
    worker = SmallWorker(NumpySession, monkeypatch)
    config = SIZES["two_layer"]
    worker.request(
        messages.Prepare(
            workload="two_layer", config=config, mode="m", device="cpu", dtype=DTYPE
        )
    )
    session = worker.handler._session
    for keep in (False, True):
        before = session.calls
        sample = worker.request(messages.Block(lead_in=2, steps=5, keep=keep))
        assert session.calls == before + 7
        assert sample.duration_ns > 0


def test_repetitions_that_differ_too_much_decide_nothing():
    repeated = [{"parameter:w": np.full(2, value)} for value in (1.0, 2.0, 3.0)]
    checked = CheckedBlock(timed={"parameter:w": np.full(2, 9.0)}, repeated=repeated)
    (finding,) = judge_block(checked, dtype=DTYPE, launch=3)
    assert (finding.verdict, finding.step) == ("undecided", 3)


def test_one_different_bit_is_found_in_a_deterministic_session():
    exact = {"parameter:w": np.ones(2)}
    timed = {"parameter:w": np.nextafter(np.ones(2), 2)}
    checked = CheckedBlock(timed=timed, repeated=[exact, exact, exact])
    (finding,) = judge_block(checked, dtype=DTYPE, launch=0)
    assert (finding.verdict, finding.tolerance) == ("disagrees", 0.0)


def test_kept_rounds_cover_every_round_and_depend_on_the_seed():
    def choose(seed):
        rng = np.random.default_rng(seed)
        return choose_kept_rounds(200, rounds=6, rng=rng)

    assert set(choose(1)) == set(range(6))
    assert choose(1) == choose(1) != choose(2)


def test_results_have_the_same_bits_only_if_every_tensor_is_equal():
    one = {"loss": np.array(np.nan), "parameter:w": np.ones(2)}
    assert have_same_bits(one, dict(one))
    assert not have_same_bits(one, {**one, "parameter:w": np.ones(2) + 1e-16 * 4})
    assert not have_same_bits(one, {"loss": one["loss"]})
