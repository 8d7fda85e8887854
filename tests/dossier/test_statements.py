"""Verdicts and prose follow from the data: other data give other sentences."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle
from pathlib import Path

import msgspec
import pytest

from compare.contract import Naming
from compare.debugging.words import Case, Detection, detection_of
from compare.deploy.rows import Blame, Deployment, DeployRow, ExportStatus, OtherSize
from compare.dossier import statements
from compare.dossier.parts import DossierPart, Measured
from compare.dossier.statements import Statement, StatementVerdict
from compare.runs.folder import load_run
from compare.runs.words import Status, Verdict
from compare.workers.messages import Observed

SAMPLE = Path(__file__).parents[2] / "reports" / "sample"
EAGER_MODES = {"eager", "control"}


def case_of(variant, mistake, *, step=1, naming=Naming.TRACEBACK, frames=4, effects=0):
    observed = Observed(
        step=step,
        error="",
        naming=naming,
        frames=frames,
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


def left_out(variant, *mistakes):
    """Return the cases of a variant whose framework is not installed."""
    framework, mode = variant.split("/")
    return [
        Case(
            mistake=mistake,
            framework=framework,
            mode=mode,
            detection=Detection.NOT_RUN,
            reason="torch is not installed",
        )
        for mistake in mistakes
    ]


def test_a_mode_that_detects_more_but_prints_once_makes_debugging_neither_way():
    mixed = [
        case_of("torch/trace", "shape_mismatch"),
        case_of("torch/trace", "device"),
        case_of("torch/trace", "print", step=None, effects=1),
    ]
    eager = [
        *cases_of("torch/eager"),
        case_of("torch/eager", "device", step=None, naming=Naming.NOT_NAMED),
    ]
    found = statements.judge_debugging(Measured(cases=[*eager, *mixed]))
    assert found.verdict is StatementVerdict.FAILS
    assert "mixed: torch/trace" in found.prose[-1]
    worse = [
        case_of("torch/script", "shape_mismatch", naming=Naming.NOT_NAMED),
        case_of("torch/script", "print", step=None, effects=5),
    ]
    found = statements.judge_debugging(Measured(cases=[*eager, *mixed, *worse]))
    assert found.answer == "Holds only when compared with torch/script."


def test_a_mode_that_detects_less_is_worse_also_if_it_names_every_line():
    eager = [*cases_of("tf/eager"), case_of("tf/eager", "device")]
    static = [
        *cases_of("tf/xla"),
        case_of("tf/xla", "device", step=None, naming=Naming.NOT_NAMED),
    ]
    found = statements.judge_debugging(Measured(cases=[*eager, *static]))
    assert found.verdict is StatementVerdict.HOLDS
    assert "worse: tf/xla" in found.prose[-1]


def test_mistakes_that_were_not_run_do_not_count_as_undetected():
    missing = left_out("torch/eager", "shape_mismatch", "print")
    found = statements.judge_debugging(Measured(cases=[*missing, *cases_of("tf/xla")]))
    assert found.verdict is StatementVerdict.NOT_MEASURED
    assert "torch/eager" not in " ".join(found.prose)
    some = [*cases_of("tf/eager"), case_of("tf/eager", "device"), *cases_of("tf/xla")]
    some += left_out("tf/xla", "device")
    found = statements.judge_debugging(Measured(cases=some))
    assert "equal: tf/xla" in found.prose[-1]


def test_the_sentence_has_the_same_number_of_frames_as_the_table():
    cases = [
        case_of("tf/eager", "shape_mismatch", frames=5),
        case_of("tf/eager", "device", frames=6),
    ]
    found = statements.judge_debugging(Measured(cases=cases))
    assert "5.5" in found.prose[0]
    assert "5.5" in {value.text for row in found.tables[0].rows for value in row}


def test_an_answer_keeps_the_capitals_of_names():
    found = Statement(
        ident="",
        sentence="",
        verdict=StatementVerdict.HOLDS_ONLY,
        condition="the form is ONNX of TensorFlow",
    )
    assert found.answer == "Holds only when the form is ONNX of TensorFlow."


@pytest.mark.parametrize("judge", statements.STATEMENTS)
def test_a_sentence_without_its_data_has_no_verdict(judge):
    found = judge(Measured())
    assert found.verdict is StatementVerdict.NOT_MEASURED
    assert found.prose == ()
    assert found.answer == "Not measured."


def scaled_run(*factors, modes=("trace", "function"), control=False):
    """Return the sample run with static steps that take a multiple of eager steps.

    Args:
        factors: of the launches, one after another.
        modes: the static modes that were timed.
        control: whether the second eager worker was timed.
    """
    run = load_run(SAMPLE)
    samples = run.samples[
        run.samples["mode"].isin([*modes, "eager", *["control"] * control])
    ].copy()
    eager = samples[samples["mode"] == "eager"]
    times = {
        (row["workload"], row["framework"], row["launch"], row["round"]): row
        for row in eager.to_dict("records")
    }
    launches = sorted(samples["launch"].unique())
    by_launch = dict(zip(launches, cycle(factors), strict=False))
    for index in samples.index[~samples["mode"].isin(EAGER_MODES)]:
        row = samples.loc[index]
        place = (row["workload"], row["framework"], row["launch"], row["round"])
        if place in times:
            step_ns = times[place]["duration_ns"] / times[place]["steps"]
            new = round(step_ns * row["steps"] * by_launch[row["launch"]])
            samples.loc[index, "duration_ns"] = new
    return replace(run, samples=samples)


def change_cells(run, variant, **changes):
    """Return a run with some fields of the cells of a variant changed."""
    cells = [
        msgspec.structs.replace(cell, **changes) if cell.variant == variant else cell
        for cell in run.record.cells
    ]
    return replace(run, record=msgspec.structs.replace(run.record, cells=cells))


def judge_speed(run):
    return statements.judge_optimization(Measured(runs={DossierPart.SPEED: run}))


def judge_sizes(run):
    return statements.judge_rebuilding(Measured(runs={DossierPart.SIZES: run}))


each_judge_of_times = pytest.mark.parametrize("judge", [judge_speed, judge_sizes])


@each_judge_of_times
def test_a_sentence_about_speed_holds_if_every_static_mode_is_faster(judge):
    found = judge(scaled_run(0.5))
    assert found.verdict is StatementVerdict.HOLDS
    assert "The largest gain" in found.prose[1]
    assert "takes 0.50" in found.prose[1]


@each_judge_of_times
def test_slower_modes_have_no_largest_gain(judge):
    found = judge(scaled_run(2.0))
    assert found.verdict is StatementVerdict.FAILS
    assert "largest gain" not in " ".join(found.prose)
    assert "Slower: torch/trace on two_layer" in " ".join(found.prose)


@each_judge_of_times
def test_the_second_eager_worker_is_no_static_mode(judge):
    found = judge(scaled_run(0.5, control=True))
    assert found.verdict is StatementVerdict.HOLDS
    rows = [row[0].text for row in found.tables[0].rows]
    assert rows == ["torch/trace", "tf/function"]


@each_judge_of_times
def test_a_mode_that_computes_something_else_is_not_faster(judge):
    run = scaled_run(0.5)
    for variant in ("torch/trace", "tf/function"):
        run = change_cells(run, variant, disagreement="loss at step 1 differs")
    assert judge(run).verdict is StatementVerdict.NOT_MEASURED


@each_judge_of_times
def test_one_launch_gives_no_verdict_on_speed(judge):
    run = scaled_run(0.5)
    one = run.samples[run.samples["launch"] == run.samples["launch"].min()]
    found = judge(replace(run, samples=one))
    assert found.verdict is StatementVerdict.NOT_MEASURED


@each_judge_of_times
def test_intervals_that_include_1_decide_nothing(judge):
    found = judge(scaled_run(0.5, 2.0))
    assert found.answer == "Not decided."
    assert "not decided: 4" in found.prose[0]


@each_judge_of_times
def test_equivalent_step_times_mean_that_no_graph_is_faster(judge):
    found = judge(scaled_run(0.999, 1.001))
    assert found.verdict is StatementVerdict.FAILS
    assert "equivalent: 4" in found.prose[0]


@each_judge_of_times
def test_the_faster_pairs_are_the_condition(judge):
    run = scaled_run(0.5)
    is_slow = (run.samples["mode"] == "trace").to_numpy()
    run.samples.loc[is_slow, "duration_ns"] *= 4
    assert judge(run).answer == (
        "Holds only when the pair is tf/function on two_layer or tf/function on cnn."
    )


def dynamic_run(*, captures=(), **changes):
    """Return the sample run of two modes of PyTorch.

    Args:
        captures: of ``torch/trace``, for each of the two networks.
        changes: of the fields of its cells.
    """
    run = load_run(SAMPLE)
    kept = ("torch/eager", "torch/trace")
    cells = [cell for cell in run.record.cells if cell.variant in kept]
    run = replace(run, record=msgspec.structs.replace(run.record, cells=cells))
    run = change_cells(run, "torch/trace", **changes)
    timing = run.timing.copy()
    is_trace = (
        (timing["mode"] == "trace") & (timing["framework"] == "torch")
    ).to_numpy()
    for index, count in zip(timing.index[is_trace], captures, strict=False):
        timing.loc[index, "captures_count"] = count
    return replace(run, timing=timing)


def judge_dynamic(run):
    return statements.judge_dynamic_input(Measured(runs={DossierPart.DYNAMIC: run}))


@pytest.mark.parametrize("counts", [(1, 1), (1, 4), (4, 4)])
def test_one_graph_or_several_handle_what_depends_on_the_input(counts):
    found = judge_dynamic(dynamic_run(captures=counts))
    assert found.verdict is StatementVerdict.FAILS
    assert found.prose[0] == "torch/eager runs 2 of 2 networks."


def test_only_eager_code_handles_inputs_if_every_static_mode_runs_in_python():
    found = judge_dynamic(dynamic_run(captures=(0, 0)))
    assert found.verdict is StatementVerdict.HOLDS
    found = judge_dynamic(dynamic_run(captures=(0, 1)))
    assert found.answer == "Holds only when the pair is torch/trace on two_layer."


@pytest.mark.parametrize("status", [Status.FAILED, Status.PENDING, Status.NOT_RUN])
def test_static_modes_without_a_result_do_not_make_a_sentence_hold(status):
    found = judge_dynamic(dynamic_run(status=status))
    assert found.verdict is StatementVerdict.NOT_MEASURED


def test_a_graph_with_another_result_does_not_handle_the_input():
    found = judge_dynamic(dynamic_run(captures=(1, 1), disagreement="loss differs"))
    assert found.verdict is StatementVerdict.HOLDS
    assert "another result: 2" in found.prose[1]


def test_networks_that_eager_code_does_not_run_are_counted():
    run = change_cells(dynamic_run(), "torch/eager", status=Status.FAILED)
    assert judge_dynamic(run).prose[0] == "torch/eager runs 0 of 2 networks."


def row_of(
    framework="torch",
    form="script",
    *,
    export=ExportStatus.DONE,
    verdict=Verdict.AGREES,
    **others,
):
    return DeployRow(
        workload="cnn",
        framework=framework,
        format=form,
        runner="libtorch",
        needs_python=False,
        needs_framework=True,
        export=export,
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


def judge_rows(*rows):
    return statements.judge_serialization(Measured(deployments=[deployed(*rows)]))


def test_an_export_that_was_not_tried_is_not_wrong():
    missing = row_of(form="onnx", export=ExportStatus.NOT_RUN, verdict=None)
    found = judge_rows(row_of(), missing)
    assert found.answer == "Holds."
    assert "Exports that were tried: 1." in found.prose[0]
    assert found.prose[1] == "Undecided: 0; not run on this machine: 1."
    assert judge_rows(missing).verdict is StatementVerdict.NOT_MEASURED


def test_an_undecided_export_is_counted_separately():
    undecided = row_of(form="onnx", verdict=Verdict.UNDECIDED)
    found = judge_rows(row_of(), undecided)
    assert found.answer == "Holds."
    assert found.prose[1] == "Undecided: 1; not run on this machine: 0."
    assert judge_rows(undecided).verdict is StatementVerdict.NOT_MEASURED


@pytest.mark.parametrize("export", [ExportStatus.REFUSED, ExportStatus.FAILED])
def test_a_refused_or_failed_export_is_wrong(export):
    found = judge_rows(row_of(), row_of(form="onnx", export=export, verdict=None))
    assert found.answer == "Holds only when the export is not torch/onnx of cnn."


def test_half_a_batch_that_is_refused_differs_from_one_that_disagrees():
    found = judge_rows(
        row_of(form="onnx", other_size=OtherSize.REFUSED, other_reason="fixed size"),
        row_of(form="trace", other_size=OtherSize.DISAGREES, other_reason="too large"),
    )
    assert "Refuse half a batch: torch/onnx of cnn." in found.prose
    assert "Compute something else for half a batch: torch/trace of cnn." in found.prose
    assert found.answer == "Holds only when the export is not torch/trace of cnn."


def judge_frameworks(cases, *rows):
    measured = Measured(cases=cases, deployments=[deployed(*rows)])
    return statements.judge_division(measured)


PYTORCH_IS_BETTER = [*cases_of("torch/eager"), *cases_of("tf/eager", effects=1)]


def test_frameworks_divide_the_work_if_one_debugs_better_and_the_other_deploys_more():
    forms = [row_of("tf", "frozen"), row_of("tf", "litert"), row_of("torch")]
    judge = judge_frameworks
    assert judge(PYTORCH_IS_BETTER, *forms).verdict is StatementVerdict.HOLDS
    equal = [*cases_of("torch/eager"), *cases_of("tf/eager")]
    assert judge(equal, *forms).verdict is StatementVerdict.FAILS
    assert judge(PYTORCH_IS_BETTER, *forms[1:]).verdict is StatementVerdict.FAILS


def test_the_division_of_work_needs_data_of_both_frameworks():
    rows = [row_of("tf", "frozen"), row_of("torch")]
    missing = row_of("torch", export=ExportStatus.NOT_RUN, verdict=None)
    one = [*cases_of("tf/eager"), *left_out("torch/eager", "shape_mismatch", "print")]
    for found in (
        judge_frameworks(one, *rows),
        judge_frameworks(cases_of("tf/eager"), *rows),
        judge_frameworks(PYTORCH_IS_BETTER, rows[0], missing),
    ):
        assert found.verdict is StatementVerdict.NOT_MEASURED
        assert found.prose == ()


def test_a_form_that_disagrees_for_one_model_is_not_counted_as_deployed():
    wrong = row_of("tf", "frozen", other_size=OtherSize.DISAGREES)
    found = judge_frameworks(
        PYTORCH_IS_BETTER, row_of("tf", "frozen"), wrong, row_of("torch")
    )
    assert "0 (none)" in found.prose[1]
