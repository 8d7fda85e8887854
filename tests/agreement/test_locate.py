"""The first difference, and what layer outputs show about it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from compare import workloads
from compare.agreement import causes, examine, locate
from compare.agreement.examine import Checked, Examination
from compare.agreement.judge import agrees, judge
from compare.errors import WorkerError
from compare.numerics.arrays import load_arrays
from compare.reference.expectation import expectations
from compare.runs.words import Check
from compare.workers.process import CannotRunError

WRONG_LAYER = "activation:layer2"


@pytest.fixture
def located(tmp_path, monkeypatch):
    """Return a function that locates the difference of a wrong first step."""
    workload = workloads.build("mlp", {"batch": 4, "widths": (5, 4, 4, 3)})
    first_step, *_ = expectations(workload, dtype="float64", steps=1, folder=tmp_path)
    right = load_arrays(first_step.arrays)
    outputs = {n: a for n, a in right.items() if n.startswith("activation")}

    def locate_difference(*wrong, mode="eager", exposed="eager", **changed):
        expected = replace(first_step, **changed)
        received = {n: 2 * a if n in wrong else a for n, a in right.items()}
        received = {n: a for n, a in received.items() if n not in outputs}
        findings = judge(received, expected=expected, dtype="float64")
        checked = Checked(expected=expected, received=received, agrees=agrees(findings))

        def request(worker, *, expected, folder):
            assert (expected.step, folder) == (0, tmp_path)
            if exposed is None:
                raise WorkerError("ended")
            if worker[-1] != exposed:
                raise CannotRunError("not exposed")
            return {n: 2 * a if n in wrong else a for n, a in outputs.items()}

        monkeypatch.setattr(examine, "request_activations", request)
        worker = [mode]
        session = locate.CheckedSession(
            worker=worker,
            prepare=worker.append,
            mode=mode,
            fallback_mode=exposed or "eager",
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
    assert found.sentence.endswith(f"; {end}")
    assert found.sentence.startswith("loss at step 0 (step) differs by ")
    assert found.cause == (candidates[0] if len(candidates) == 1 else None)
    listed = end.removeprefix("likely cause, one of: ") if len(candidates) > 1 else ""
    assert found.candidates == listed


def test_a_failed_search_is_part_of_the_sentence(located):
    found = replace(located("loss"), failure="out of memory")
    assert found.sentence.endswith("; the search for its cause failed: out of memory")


def test_no_cause_is_mentioned_for_checks_that_are_not_replayed(located):
    found = located("loss")
    finding = replace(found.finding, check=Check.VALIDATION)
    sentence = replace(found, finding=finding, causes=()).sentence
    assert sentence.startswith("loss at step 0 (validation) differs by ")
    assert "cause" not in sentence


def test_the_first_of_several_differences_is_described_without_a_cause(located):
    wrong = located("loss").finding
    right = replace(wrong, verdict="agrees", quantity="gradient:layer1.bias")
    assert locate.first_unexplained([right]) is None
    assert locate.first_unexplained([]) is None
    found = locate.first_unexplained([right, wrong, right], failure="a bug")
    assert found == locate.FirstDifference(
        finding=wrong,
        causes=(),
        activations=[],
        activations_mode="",
        failure="a bug",
    )


@pytest.fixture
def searched(monkeypatch):
    """Return the evidence that causes are searched in."""
    found = []

    def search(evidence):
        found.append(evidence)
        return (causes.Cause(name="a", explanation="b"),)

    monkeypatch.setattr(causes, "find_causes", search)
    return found


def test_causes_are_searched_with_the_outputs_of_the_same_graph_only(located, searched):
    assert located(WRONG_LAYER, "loss").cause.name == "a"
    located(WRONG_LAYER, "loss", mode="script")
    same, other = (evidence.activations for evidence in searched)
    assert list(same) == ["activation:layer1", WRONG_LAYER, "activation:layer3"]
    assert other == {}


def test_a_worker_that_fails_costs_the_outputs_of_layers_only(located, searched):
    found = located("loss", exposed=None)
    assert (found.activations, found.activations_mode) == ([], "")
    assert found.finding.quantity == "loss"
    assert [evidence.activations for evidence in searched] == [{}]


def test_no_outputs_of_layers_are_requested_along_a_trajectory(located, searched):
    found = located("loss", exposed=None, check=Check.TRAJECTORY)
    assert (found.activations, found.activations_mode) == ([], "")
    assert found.finding.check is Check.TRAJECTORY
    assert [evidence.activations for evidence in searched] == [{}]


def test_a_difference_of_one_element_reports_its_index(located):
    found = located("gradient:layer3.bias")
    assert np.isfinite(found.finding.received)
    assert found.finding.worst_index.isdigit()
