"""The first difference, and what layer outputs show about it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from compare import workloads
from compare.agreement import causes, examine, locate
from compare.agreement.examine import Checked, Examination
from compare.agreement.expectation import expectations
from compare.agreement.judge import agrees, judge
from compare.numerics.arrays import load_arrays
from compare.workers.process import CannotRunError

WRONG_LAYER = "activation:layer2"


@pytest.fixture
def located(tmp_path, monkeypatch):
    """Return a function that locates the difference of a wrong first step."""
    workload = workloads.build("mlp", {"batch": 4, "widths": (5, 4, 4, 3)})
    expected, *_ = expectations(workload, dtype="float64", steps=1, folder=tmp_path)
    right = load_arrays(expected.arrays)
    outputs = {n: a for n, a in right.items() if n.startswith("activation")}

    def locate_difference(*wrong, mode="eager", exposed="eager"):
        received = {n: 2 * a if n in wrong else a for n, a in right.items()}
        received = {n: a for n, a in received.items() if n not in outputs}
        findings = judge(received, expected=expected, dtype="float64")
        checked = Checked(expected=expected, received=received, agrees=agrees(findings))

        def request(worker, **_):
            if session.mode != exposed and not worker:
                worker.append("prepared")
                raise CannotRunError("not exposed")
            return {n: 2 * a if n in wrong else a for n, a in outputs.items()}

        monkeypatch.setattr(examine, "request_activations", request)
        session = locate.CheckedSession(
            worker=[],
            prepare=lambda _: None,
            mode=mode,
            fallback_mode=exposed,
            workload=workload,
            dtype="float64",
            folder=tmp_path,
        )
        return locate.locate_first_difference(
            Examination(findings=findings, checked=(checked,)), session=session
        )

    return locate_difference


def test_a_layer_output_of_the_same_mode_locates_a_difference_of_the_loss(located):
    found = located(WRONG_LAYER, "loss")
    assert found.finding.quantity == WRONG_LAYER
    assert found.activations_mode == "eager"


def test_a_layer_output_of_another_graph_is_no_evidence_about_the_step(located):
    found = located(WRONG_LAYER, "loss", mode="script")
    assert found.finding.quantity == "loss"
    assert found.activations_mode == "eager", "the layer outputs are still compared"
    assert not agrees(found.activations)


def test_a_layer_output_does_not_locate_a_difference_where_the_loss_agrees(located):
    found = located(WRONG_LAYER, "gradient:layer1.bias")
    assert found.finding.quantity == "gradient:layer1.bias"


@pytest.mark.parametrize(
    ("explanations", "end"),
    [
        ([], "likely cause: none of the known ones"),
        (["a"], "likely cause: a"),
        (["a", "b"], "likely cause, one of: a; or b"),
        (list("abcdef"), "likely cause, one of: a; or b; or c; or d; or 2 more"),
    ],
)
def test_several_causes_are_listed_in_the_sentence(located, explanations, end):
    candidates = tuple(causes.Cause(name=e, explanation=e) for e in explanations)
    found = replace(located("loss"), causes=candidates)
    assert found.sentence.endswith(end)
    assert (found.cause is None) == (len(explanations) != 1)


def test_a_difference_of_one_element_reports_its_index(located):
    found = located("gradient:layer3.bias")
    assert np.isfinite(found.finding.received)
    assert found.finding.worst_index.isdigit()
