"""What would help is stated with its reason and the user's own line."""

from __future__ import annotations

import pytest

from compare.report.check.advice import list_advice
from compare.report.check.notebook import answers_html, answers_text
from compare.report.run.answer import Answer
from compare.results.card import (
    AgreementFacts,
    CaptureFacts,
    Card,
    GradientVerdict,
    Judgement,
    ModeCard,
)
from compare.runs.record import BreakFacts, SizeFacts


def card_of(gradient=GradientVerdict.CORRECT, judgement=Judgement.ROUNDING, **mode):
    """Return a card with one mode."""
    return Card(
        run_id="2026-11-28-000000",
        label="Net",
        baseline="torch/eager",
        device="cpu",
        dtype="float32",
        models=[],
        gradient=gradient,
        derivatives=[],
        modes=[
            ModeCard(
                variant="torch/compile",
                status="ok",
                capture=CaptureFacts(captured="x", declared="x", as_declared=True),
                agreement=AgreementFacts(judgement=judgement),
                **mode,
            )
        ],
    )


def test_a_card_without_a_problem_gets_no_advice():
    assert list(list_advice(card_of())) == []


def test_a_graph_break_is_stated_with_its_line_reason_and_hint():
    found = BreakFacts(reason="a branch", file="net.py", line=7, hint="use torch.where")
    (advice,) = list_advice(card_of(breaks=[found]))
    assert advice.startswith("net.py:7: torch/compile leaves its graph: a branch.")
    assert "use torch.where." in advice


def test_a_size_that_became_a_constant_is_named():
    sizes = [SizeFacts(size=4, agrees=False), SizeFacts(size=16, agrees=True)]
    (advice,) = list_advice(card_of(sizes=sizes))
    assert "wrong on batches of 4" in advice


def test_repeated_captures_are_stated_with_their_time():
    sizes = [SizeFacts(size=n, agrees=True, captures=1, first_s=2.5) for n in (4, 16)]
    (advice,) = list_advice(card_of(sizes=sizes))
    assert "captured again" in advice
    assert "2.5 s" in advice


@pytest.mark.parametrize("count", [0, 1])
def test_one_further_capture_is_no_problem(count):
    sizes = [
        SizeFacts(size=n, agrees=True, captures=n < 4 * count + 1) for n in (4, 16)
    ]
    assert list(list_advice(card_of(sizes=sizes))) == []


def test_a_gradient_that_is_no_derivative_is_explained():
    (advice,) = list_advice(card_of(gradient=GradientVerdict.DIFFERS))
    assert "detach" in advice


def test_a_notebook_shows_text_and_no_markup_of_a_model():
    answers = [Answer(question="Captured?", sentences=("<b>Net</b>", "none"))]
    assert answers_text(answers) == "Captured?\n- <b>Net</b>\n- none"
    assert "<dd>&lt;b&gt;Net&lt;/b&gt;</dd>" in answers_html(answers)
