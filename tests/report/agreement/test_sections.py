"""What a report states about the reference of a run."""

from __future__ import annotations

import pytest

from compare.report.agreement.sections import describe_probe, describe_reference
from compare.runs.folder import load_run
from compare.runs.record import TargetFacts
from tests.support.synthetic import synthetic

NUMPY, EAGER = "a NumPy float64 evaluation", "eager float64 step"


def target(reference):
    return TargetFacts(
        framework="torch",
        source="net.py:Net",
        kind="Net",
        inputs=[],
        found_by="",
        outputs=[],
        loss="",
        trained=1,
        buffers=0,
        frozen=[],
        tied=[],
        is_random=False,
        narrowed=[],
        reference=reference,
    )


@pytest.mark.parametrize(
    ("references", "stated", "not_stated"),
    [
        ({}, NUMPY, EAGER),
        ({"two_layer": "", "cnn": ""}, EAGER, NUMPY),
        ({"two_layer": "mine/workload.py", "cnn": "mine/workload.py"}, NUMPY, EAGER),
    ],
)
def test_a_report_states_what_results_are_compared_with(
    tmp_path, references, stated, not_stated
):
    made = synthetic()
    made.record.targets = {
        label: [target(reference)] for label, reference in references.items()
    }
    sentence = describe_reference(load_run(made.write(tmp_path / "run")))
    assert stated in sentence
    assert not_stated not in sentence


def test_both_references_are_stated_if_workloads_differ(tmp_path):
    made = synthetic()
    made.record.targets = {"cnn": [target("")]}
    sentence = describe_reference(load_run(made.write(tmp_path / "run")))
    assert NUMPY in sentence
    assert EAGER in sentence


def test_a_run_of_a_workload_that_is_no_longer_installed_can_be_described(tmp_path):
    made = synthetic()
    made.record.request.workloads[0].name = "uninstalled"
    sentence = describe_reference(load_run(made.write(tmp_path / "run")))
    assert NUMPY in sentence
    assert EAGER in sentence


def test_a_probe_is_explained_if_it_was_checked(tmp_path):
    made = synthetic()
    assert describe_probe(load_run(made.write(tmp_path / "run"))) == ""
    made.agreement["inputs"] = "probe"
    assert "small data set" in describe_probe(load_run(made.write(tmp_path / "other")))
