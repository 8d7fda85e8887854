"""The tables of exported models, and when the command fails."""

from __future__ import annotations

import pytest

from compare.deploy.rows import (
    Blame,
    Deployment,
    DeployRow,
    EagerRow,
    ExportStatus,
    Location,
    OtherSize,
)
from compare.deploy.tables import (
    describe_deviation,
    has_failed,
    list_reasons,
    tabulate_deployment,
)
from compare.frameworks import frameworks
from compare.render.format import DASH
from compare.runs.words import Verdict
from tests.support.reading import plain

LOCATION = Location(
    node="net/Relu",
    operation="Relu",
    place="net.activation",
    after="aten.add",
    candidates=["net/Relu"],
)


def row_of(form="frozen", *, framework="tf", **fields):
    declared = next(
        each for each in frameworks()[framework].exports if each.name == form
    )
    defaults = {
        "workload": "two_layer",
        "export": ExportStatus.DONE,
        "verdict": Verdict.AGREES,
        "error": 1e-8,
        "tolerance": 1e-6,
        "other_size": OtherSize.AGREES,
        "runner": declared.runner.name,
        "needs_python": declared.runner.needs_python,
        "needs_framework": declared.runner.needs_framework,
    }
    return DeployRow(framework=framework, format=form, **(defaults | fields))


WRONG = row_of(verdict=Verdict.DISAGREES, error=0.25, other_size=OtherSize.DISAGREES)
REFUSED = row_of(
    "onnx", export=ExportStatus.REFUSED, verdict=None, reason="TypeError: no operator"
)
CRASHED = row_of(export=ExportStatus.FAILED, verdict=None, reason="exited with code 1")
MISSING = row_of(export=ExportStatus.NOT_RUN, verdict=None, reason="no C++ compiler")
HALF = row_of(other_size=OtherSize.REFUSED, other_reason="expected 8 rows")
UNDECIDED = row_of(verdict=Verdict.UNDECIDED)
TIMED = row_of(
    "litert",
    call_s=2e-3,
    ratio=0.5,
    ratio_low=0.4,
    ratio_high=0.6,
    start_s=0.3,
    load_s=0.1,
    peak_rss_bytes=2**20,
    file_bytes=2048,
)


def deployment(*rows, eager=()):
    return Deployment(
        workload="two_layer", eager=list(eager), rows=list(rows), environment={}
    )


def shown(table):
    """Return first column -> title of another -> text."""
    titles = [column.title for column in table.columns]
    return {
        row[0].text: dict(
            zip(titles, [plain(value.text) for value in row], strict=True)
        )
        for row in table.rows
    }


def test_every_format_has_a_row_with_its_runner_and_what_it_needs():
    results, needs = map(
        shown, tabulate_deployment(deployment(row_of(), row_of("onnx")))
    )
    assert results["tf/frozen"]["Runs in"] == "C API"
    assert results["tf/frozen"]["Outputs"] == "agrees"
    assert needs["tf/frozen"]["Needs"] == "TensorFlow"
    assert needs["tf/onnx"]["Needs"] == "ONNX Runtime"
    assert needs["tf/onnx"]["Format"] == "tf2onnx, from the frozen graph"


def test_a_runner_in_python_with_the_framework_needs_both():
    (_, needs) = tabulate_deployment(deployment(row_of("program", framework="torch")))
    assert shown(needs)["torch/program"]["Needs"] == "Python and PyTorch"


def test_columns_of_durations_are_shown_only_if_something_was_timed():
    untimed, _ = tabulate_deployment(deployment(row_of()))
    assert "Inference" not in [column.title for column in untimed.columns]
    results, needs = map(shown, tabulate_deployment(deployment(row_of(), TIMED)))
    assert results["tf/litert"]["Inference"] == "2.00 ms"
    assert results["tf/litert"]["Ratio to eager"] == "0.50x (0.40-0.60)"
    assert results["tf/frozen"]["Inference"] == plain(DASH)
    assert needs["tf/litert"]["Start"] == "300 ms"
    assert needs["tf/litert"]["Loading"] == "100 ms"
    assert needs["tf/litert"]["Peak memory"] == "1.00 MiB"
    assert needs["tf/litert"]["File"] == "2.00 KiB"


def test_the_eager_model_is_described_below_the_results():
    eager = EagerRow(
        workload="two_layer",
        framework="tf",
        start_s=4.0,
        call_s=1e-3,
        peak_rss_bytes=2**29,
    )
    results, _ = tabulate_deployment(deployment(TIMED, eager=[eager]))
    assert plain(results.note) == (
        "Eager in Python, as trained. tf: start 4.00 s, inference 1.00 ms, "
        "memory 512 MiB. Its start includes that of the harness's worker."
    )


def test_a_framework_that_could_not_be_timed_is_named_with_its_reason():
    found = deployment(row_of())
    found.untimed["tf"] = "the worker exited with code 1"
    results, _ = tabulate_deployment(found)
    assert plain(results.note) == "tf: not timed: the worker exited with code 1."


def test_what_did_not_work_has_a_table_of_reasons_only_if_something_did_not():
    assert len(tabulate_deployment(deployment(row_of()))) == 2
    *_, reasons = tabulate_deployment(deployment(row_of(), REFUSED, HALF))
    found = [[value.text for value in row] for row in reasons.rows]
    assert found == [
        ["tf/onnx", "refused", "TypeError: no operator"],
        ["tf/frozen", "half batch: refused", "expected 8 rows"],
    ]


def test_a_format_without_outputs_shows_how_far_it_came():
    results, _, _ = tabulate_deployment(deployment(MISSING))
    assert shown(results)["tf/frozen"]["Outputs"] == "not run"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (row_of(), False),
        (REFUSED, False),
        (MISSING, False),
        (HALF, False),
        (UNDECIDED, False),
        (WRONG, True),
        (CRASHED, True),
        (row_of(other_size=OtherSize.DISAGREES), True),
    ],
    ids=[
        *("agrees", "refused", "not run", "half refused", "undecided"),
        *("disagrees", "failed", "half disagrees"),
    ],
)
def test_a_file_that_was_written_and_is_wrong_or_does_not_run_is_a_failure(
    row, expected
):
    assert has_failed(deployment(row_of("onnx"), row)) is expected


def test_a_deviation_is_described_with_its_size_and_place():
    wrong = row_of(
        verdict=Verdict.DISAGREES,
        error=0.25,
        location=LOCATION,
        blame=Blame.EXPORTER,
    )
    assert describe_deviation(wrong) == (
        "largest error 0.25, tolerance 1e-06; the first node that differs is Relu "
        "net/Relu (net.activation), after aten.add; blame: exporter"
    )


def test_outputs_of_other_shapes_have_no_largest_error():
    reason = "expected outputs of shapes [(2,)]; received [(3,)]"
    other = row_of(verdict=Verdict.DISAGREES, reason=reason, error=None, tolerance=None)
    assert describe_deviation(other) == reason


def test_a_deviation_without_a_node_has_the_reason_for_that():
    row = row_of(
        verdict=Verdict.DISAGREES,
        error=0.25,
        location_reason="a script file does not show its operations",
        blame=Blame.UNKNOWN,
    )
    assert describe_deviation(row) == (
        "largest error 0.25, tolerance 1e-06; not located: a script file does not show "
        "its operations; blame: unknown"
    )


def test_half_a_batch_that_disagrees_or_is_undecided_is_listed_with_its_error():
    error = "largest error 5, tolerance 1e-06"
    sizes = (OtherSize.DISAGREES, OtherSize.UNDECIDED)
    rows = [row_of(other_size=size, other_reason=error) for size in sizes]
    assert [item[1:] for item in list_reasons(deployment(*rows))] == [
        ("half batch: disagrees", error),
        ("half batch: undecided", error),
    ]


@pytest.mark.parametrize(
    ("row", "tone"),
    [(REFUSED, "caution"), (MISSING, "caution"), (CRASHED, "bad"), (WRONG, "bad")],
)
def test_what_fails_the_command_is_marked_as_bad(row, tone):
    results, *_ = tabulate_deployment(deployment(row))
    cells = [cell for cell in results.rows[0] if cell.tone == tone]
    assert plain(cells[0].text) == str(row.verdict or row.export)


def test_an_undecided_output_is_listed_with_its_tolerance():
    ((_, what, why),) = list_reasons(deployment(UNDECIDED))
    assert what == "undecided"
    assert why == "largest error 1e-08, tolerance 1e-06"
