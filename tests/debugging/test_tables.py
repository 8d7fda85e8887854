"""Tables of mistakes and of remedies."""

from __future__ import annotations

from pathlib import Path

from compare.contract import DebuggingRemedy, Naming
from compare.debugging.catalogue import UserMistake
from compare.debugging.remedies import RemedyCase
from compare.debugging.tables import tabulate_cases, tabulate_remedies
from compare.debugging.words import Case, detection_of
from compare.stats.estimates import Interval
from compare.workers.messages import Observed


def case_of(mistake, *, step=None, naming=Naming.NOT_NAMED, frames=0, effects=0):
    observed = Observed(
        step=step,
        error="",
        naming=naming,
        frames=frames,
        losses=[],
        effects=effects,
        printed="",
    )
    return Case(
        mistake=mistake,
        framework="torch",
        mode="eager",
        detection=detection_of(observed),
        observed=observed,
    )


def texts(table):
    return [[value.text for value in row] for row in table.rows]


def test_tables_leave_out_mistakes_without_an_answer():
    mistakes = [
        UserMistake(name=name, title="", files={"torch": Path()})
        for name in ("shape", "print")
    ]
    cases = [
        case_of("shape", step=1, naming=Naming.MESSAGE, frames=2),
        case_of("print", effects=5),
    ]
    when, where, frames, effects = map(texts, tabulate_cases(mistakes, cases))
    assert when == [["shape", "first call"], ["print", "never"]]
    assert where == [["shape", "message"]]
    assert frames == [["shape", "2"]]
    assert effects == [["print", "5"]]


def test_a_remedy_has_what_it_shows_and_what_it_costs():
    remedy = DebuggingRemedy(
        name="tf_print", summary="tf.print", mode="eager", mistake="print"
    )
    found = RemedyCase(
        framework="torch",
        remedy=remedy,
        without=case_of("print", effects=1),
        helped=case_of("print", effects=5),
        steps_per_s=250.0,
        ratio=Interval(estimate=2.0, low=1.9, high=2.1),
    )
    refused = RemedyCase(
        framework="torch",
        remedy=remedy,
        without=found.without,
        helped=found.helped,
        reason="it ended",
    )
    shows, costs = tabulate_remedies([found, refused])
    name = ["torch/eager", "tf.print"]
    assert texts(shows)[0] == [
        *name,
        "print",
        "raised: never; 1 side effect in 5 steps",
        "raised: never; 5 side effects in 5 steps",
    ]
    assert texts(costs)[0][:3] == [*name, "250"]
    assert texts(costs)[0][3].startswith("2.00")
    assert texts(costs)[1] == [*name, "\N{EN DASH}", "not measured"]
