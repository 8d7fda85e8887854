"""The words and tables for how a mistake showed."""

from __future__ import annotations

from pathlib import Path

import pytest

from compare.cli import debugging
from compare.contract import Naming
from compare.debugging.catalogue import UserMistake
from compare.debugging.words import Case, Detection, describe_case, detection_of
from compare.workers.messages import Observed


def observed(*, step=None, naming=Naming.NOT_NAMED, frames=0, effects=0):
    return Observed(
        step=step,
        error="",
        naming=naming,
        frames=frames,
        losses=[],
        effects=effects,
        printed="",
    )


def case_of(found, *, mode="eager", mistake="shape"):
    return Case(
        mistake=mistake,
        framework="torch",
        mode=mode,
        detection=detection_of(found),
        observed=found,
    )


@pytest.mark.parametrize(
    ("step", "detection"),
    [
        (None, Detection.NEVER),
        (0, Detection.DEFINITION),
        (1, Detection.FIRST_CALL),
        (3, Detection.LATER_CALL),
    ],
)
def test_the_step_that_raised_decides_when_a_mistake_was_detected(step, detection):
    assert detection_of(observed(step=step)) is detection


def test_a_case_is_described_with_everything_that_was_seen():
    seen = observed(step=3, naming=Naming.TRACEBACK, frames=6, effects=1)
    assert describe_case(case_of(seen)) == (
        "raised: call 3; line named in: traceback; 6 stack frames; "
        "1 side effect in 5 steps"
    )
    ended = Case(
        mistake="shape", framework="torch", mode="trace", detection=Detection.ENDED
    )
    assert describe_case(ended) == "process ended"


def test_tables_leave_out_mistakes_without_an_answer(capsys):
    mistakes = [
        UserMistake(name=name, title="", files={"torch": Path()})
        for name in ("shape", "print")
    ]
    cases = [
        case_of(observed(step=1, naming=Naming.MESSAGE, frames=2), mistake="shape"),
        case_of(observed(effects=5), mistake="print"),
    ]
    debugging.show_tables(mistakes, cases)
    when, where, frames, effects = capsys.readouterr().out.strip().split("\n\n")
    assert ["shape", "first", "call"] in [line.split() for line in when.splitlines()]
    assert ["print", "never"] in [line.split() for line in when.splitlines()]
    assert [line.split() for line in where.splitlines()[2:]] == [["shape", "message"]]
    assert [line.split() for line in frames.splitlines()[2:]] == [["shape", "2"]]
    assert [line.split() for line in effects.splitlines()[2:]] == [["print", "5"]]


def test_an_unknown_mistake_is_wrong_use(invoke):
    done = invoke("debugging", "shape_mismach")
    assert done.code == 2
    assert "did you mean shape_mismatch?" in done.err
