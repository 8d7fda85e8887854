"""The words and tables for how a mistake showed."""

from __future__ import annotations

import pytest

from compare.contract import Naming
from compare.debugging.words import Case, Detection, describe_case, detection_of
from compare.workers.messages import Observed
from tests.support.documents import read_result


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


def test_an_unknown_mistake_is_wrong_use(invoke):
    done = invoke("debugging", "shape_mismach")
    assert done.code == 2
    assert "did you mean shape_mismatch?" in done.err


def test_a_mistake_without_a_remedy_is_named_with_what_to_do(invoke):
    done = invoke("debugging", "shape_mismatch", "--remedies")
    assert done.code == 2
    assert "--remedies: no remedy for shape_mismatch; expected " in done.err
    assert done.err.rstrip().endswith("or no MISTAKE to measure all")


def test_the_file_with_every_figure_is_printed(invoke, tmp_path, monkeypatch):
    monkeypatch.setattr("compare.cli.debugging.show_mistake", lambda _: [])
    file = tmp_path / "found.json"
    done = invoke("debugging", "shape_mismatch", "--json", str(file))
    assert f"Written: {file}" in done.out
    assert read_result("debugging", file.read_bytes()) == {"cases": [], "remedies": []}
