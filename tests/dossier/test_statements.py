"""Verdicts and prose follow from the data: other data give other sentences."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from compare.contract import Naming
from compare.debugging.words import Case, detection_of
from compare.deploy.rows import Blame, Deployment, DeployRow, ExportStatus
from compare.dossier import statements
from compare.dossier.parts import DossierPart, Measured
from compare.dossier.statements import StatementVerdict
from compare.runs.folder import load_run
from compare.runs.words import Verdict
from compare.workers.messages import Observed

SAMPLE = Path(__file__).parents[2] / "reports" / "sample"


def case_of(variant, mistake, *, step=1, naming=Naming.TRACEBACK, effects=0):
    observed = Observed(
        step=step,
        error="",
        naming=naming,
        frames=4,
        losses=[],
        effects=effects,
        printed="",
    )
    framework, mode = variant.split("/")
    return Case(
        mistake=mistake,
        framework=framework,
        mode=mode,
        detection=detection_of(observed),
        observed=observed,
    )


def cases_of(variant, *, naming=Naming.TRACEBACK, effects=5):
    return [
        case_of(variant, "shape_mismatch", naming=naming),
        case_of(variant, "print", step=None, effects=effects),
    ]


def judge_cases(**static):
    cases = [*cases_of("torch/eager"), *cases_of("tf/eager")]
    cases += cases_of("torch/trace", **static)
    return statements.judge_debugging(Measured(cases=cases))


def test_eager_code_is_easier_to_debug_if_a_graph_names_no_line_or_prints_once():
    for worse in ({"naming": Naming.NOT_NAMED}, {"effects": 1}):
        assert judge_cases(**worse).verdict is StatementVerdict.HOLDS
    assert judge_cases().verdict is StatementVerdict.FAILS


def test_the_prose_has_the_numbers_of_the_data():
    found = judge_cases()
    assert "torch/eager detects 1 of 1 mistakes" in found.prose[0]
    more = Measured(cases=[*cases_of("torch/eager"), *cases_of("torch/eager")])
    assert "detects 2 of 2 mistakes" in statements.judge_debugging(more).prose[0]


@pytest.mark.parametrize("judge", statements.STATEMENTS)
def test_a_sentence_without_its_data_has_no_verdict(judge):
    found = judge(Measured())
    assert found.verdict is StatementVerdict.NOT_MEASURED
    assert found.prose == ()
    assert found.answer == "Not measured."


def scaled_run(factor):
    """Return the sample run, with the steps of static modes longer by a factor."""
    run = load_run(SAMPLE)
    samples = run.samples.copy()
    is_static = samples["mode"].isin(["trace", "compile", "function", "xla", "script"])
    eager = samples[samples["mode"] == "eager"]
    times = {
        (row["workload"], row["framework"], row["launch"], row["round"]): row
        for row in eager.to_dict("records")
    }
    for index in samples.index[is_static]:
        row = samples.loc[index]
        place = (row["workload"], row["framework"], row["launch"], row["round"])
        if place in times:
            step_ns = times[place]["duration_ns"] / times[place]["steps"]
            new = round(step_ns * row["steps"] * factor)
            samples.loc[index, "duration_ns"] = new
    return replace(run, samples=samples)


@pytest.mark.parametrize(
    ("factor", "verdict", "part"),
    [
        (0.5, StatementVerdict.HOLDS, "takes 0.50"),
        (2.0, StatementVerdict.FAILS, "takes 2.00"),
    ],
)
def test_static_graphs_are_faster_if_every_mode_is(factor, verdict, part):
    run = scaled_run(factor)
    keep = run.samples["mode"].isin(["eager", "trace", "function"])
    measured = Measured(
        runs={DossierPart.SPEED: replace(run, samples=run.samples[keep])}
    )
    found = statements.judge_optimization(measured)
    assert found.verdict is verdict
    assert part in " ".join(found.prose)


def row_of(framework="torch", form="script", *, verdict=Verdict.AGREES, **others):
    return DeployRow(
        workload="cnn",
        framework=framework,
        format=form,
        runner="libtorch",
        needs_python=False,
        needs_framework=True,
        export=ExportStatus.DONE,
        verdict=verdict,
        **others,
    )


def deployed(*rows):
    return Deployment(workload="cnn", eager=[], rows=list(rows), environment={})


def test_a_form_that_computes_something_else_is_the_condition():
    right, wrong = row_of(), row_of(form="onnx", verdict=Verdict.DISAGREES)
    wrong.blame = Blame.EXPORTER
    judge = statements.judge_serialization
    assert judge(Measured(deployments=[deployed(right)])).answer == "Holds."
    found = judge(Measured(deployments=[deployed(right, wrong)]))
    assert found.verdict is StatementVerdict.HOLDS_ONLY
    assert "not torch/onnx of cnn" in found.answer
    assert (
        judge(Measured(deployments=[deployed(wrong)])).answer == "Does not hold here."
    )


def test_frameworks_do_not_divide_the_work_if_both_debug_and_deploy():
    cases = [*cases_of("torch/eager"), *cases_of("tf/eager")]
    both = deployed(row_of("torch"), row_of("tf", "frozen"))
    one = deployed(row_of("tf", "frozen"), row_of("torch", verdict=Verdict.DISAGREES))
    judge = statements.judge_division
    found = judge(Measured(cases=cases, deployments=[both]))
    assert found.verdict is StatementVerdict.FAILS
    found = judge(Measured(cases=cases, deployments=[one]))
    assert found.verdict is StatementVerdict.HOLDS
