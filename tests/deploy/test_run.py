"""Exported models run and are judged: with fake files, and with both frameworks."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from compare.contract import INPUT, ExportFormat, NodeValue, Runner
from compare.deploy import run
from compare.deploy.rows import Blame, ExportStatus, OtherSize
from compare.deploy.run import (
    ExportedFile,
    ModelDeployment,
    count_bytes,
    list_outputs,
    read_refusal,
    store_figures,
)
from compare.deploy.time_calls import Subject, TimedCalls
from compare.errors import WorkerError
from compare.machine import available_cores
from compare.numerics.arrays import save_arrays
from compare.runners.serving import ERROR
from compare.runs.words import Verdict
from compare.workers import messages
from compare.workers.deploying import EXPECTED, save_nodes
from compare.workers.process import CannotRunError
from tests.support.documents import read_result
from tests.support.long import long_test

FORM = ExportFormat(
    name="text",
    summary="text that states what the runner does",
    runner=Runner(name="NumPy", program="tests.support.numpy_runner", module="numpy"),
    has_independent_evaluator=True,
)
TRACED_BY_RUNTIME = replace(FORM, has_independent_evaluator=False)
BATCH = np.arange(12, dtype="float32").reshape(4, 3)


def nodes_of(factor):
    """Return the nodes of a graph that multiplies its input."""
    return [
        NodeValue(name="x", operation=INPUT, inputs=(), value=BATCH),
        NodeValue(
            name="product",
            operation="Mul",
            inputs=("x",),
            value=factor * BATCH,
            outputs=(0,),
        ),
    ]


class TracingWorker:
    """Saves the nodes of the model, which doubles, and of a file with some factor."""

    def __init__(self, factor=2, error=None):
        self.factor, self.error = factor, error

    def request(self, request, reply):
        from pathlib import Path  # noqa: PLC0415

        if self.error is not None:
            raise self.error
        is_model = isinstance(request, messages.TraceModel)
        nodes = nodes_of(2)[1:] if is_model else self.list_nodes()
        save_nodes(Path(request.save_to), nodes)
        return reply()

    def list_nodes(self):
        return nodes_of(self.factor)


@pytest.fixture
def deployment(tmp_path):
    """Return a deployment whose model doubles; its cases and expected outputs exist."""
    context = SimpleNamespace(
        scratch=tmp_path,
        compile_cache=lambda framework: tmp_path / "cache",
        pool=SimpleNamespace(measured_cores=available_cores()[:1]),
    )
    cell = SimpleNamespace(workload="net", framework="tf", dtype="float32")
    made = ModelDeployment(context=context, cell=cell)
    made.folder.mkdir(parents=True)
    made.cases = [made.folder / name for name in ("whole", "half")]
    made.deviations = [[1e-6], [1e-6]]
    for case, rows in zip(made.cases, (4, 2), strict=True):
        case.mkdir()
        np.save(case / "input_0.npy", BATCH[:rows])
        save_arrays(case / EXPECTED, {"0": 2.0 * BATCH[:rows]})
    return made


@pytest.fixture
def run_text(deployment, tmp_path, monkeypatch):
    """Return a function that runs a file with a text; its graph has some factor."""

    def run_file(text, *, factor=2, refusal="", exact=None, form=FORM):
        @contextmanager
        def open_tracer(*_, **__):
            if refusal:
                raise CannotRunError(refusal)
            yield TracingWorker(factor), None

        monkeypatch.setattr(run, "open_cell_session", open_tracer)
        path = tmp_path / "model.text"
        path.write_text(text)
        file = ExportedFile(path=path, inputs=[], outputs=[])
        row = deployment.make_row(form)
        exact = exact or TracingWorker()
        subject = deployment.run_file(form, row, file=file, exact=exact)
        return row, subject

    return run_file


def test_a_file_that_computes_what_the_model_does_agrees_and_can_be_timed(run_text):
    row, subject = run_text("doubles")
    assert row.export is ExportStatus.DONE
    assert (row.verdict, row.other_size) == (Verdict.AGREES, OtherSize.AGREES)
    assert row.file_bytes == len("doubles")
    assert (row.error, row.reason, row.blame) == (0.0, "", None)
    with subject.open() as runner:
        assert runner.time_calls(2) > 0


def test_a_file_with_a_wrong_node_is_the_exporter_s_fault(run_text):
    row, subject = run_text("triples", factor=3)
    assert (row.verdict, row.other_size) == (Verdict.DISAGREES, OtherSize.DISAGREES)
    assert row.error == BATCH.max()
    assert row.blame is Blame.EXPORTER
    assert (row.location.node, row.location.operation) == ("product", "Mul")
    assert subject is not None, "a wrong file is timed all the same"


def test_a_right_file_with_wrong_outputs_is_the_runtime_s_fault(run_text):
    row, _ = run_text("triples", factor=2)
    assert row.verdict is Verdict.DISAGREES
    assert row.blame is Blame.RUNTIME
    assert row.location is None


def test_a_wrong_node_leaves_the_fault_open_if_the_runtime_evaluated_it(run_text):
    row, _ = run_text("triples", factor=3, form=TRACED_BY_RUNTIME)
    assert row.location.node == "product"
    assert row.blame is Blame.UNKNOWN


def test_right_nodes_that_the_runtime_evaluated_are_not_the_exporter_s_fault(run_text):
    row, _ = run_text("triples", factor=2, form=TRACED_BY_RUNTIME)
    assert row.blame is Blame.RUNTIME


@pytest.mark.parametrize(
    ("form", "blame"),
    [(FORM, Blame.EXPORTER), (TRACED_BY_RUNTIME, Blame.UNKNOWN)],
    ids=["independent", "by the runtime"],
)
@pytest.mark.parametrize("outputs", [(), (0, 1)], ids=["missing", "doubled"])
def test_other_outputs_of_right_nodes_are_not_the_runtime_s_fault(
    run_text, monkeypatch, outputs, form, blame
):
    right = nodes_of(2)
    nodes = [right[0], replace(right[1], outputs=outputs)]
    monkeypatch.setattr(TracingWorker, "list_nodes", lambda *_: nodes)
    row, _ = run_text("flattens", form=form)
    assert row.verdict is Verdict.DISAGREES
    assert (row.location, row.blame) == (None, blame)


def test_outputs_of_nodes_are_in_the_order_of_their_numbers():
    def node(value, *outputs):
        return replace(nodes_of(2)[1], value=value, outputs=outputs)

    nodes = [node("b", 1), node("inner"), node("a and c", 0, 2), node(None, 3)]
    assert list_outputs(nodes) == ["a and c", "b", "a and c"]


def test_a_format_that_does_not_show_its_nodes_leaves_the_fault_open(run_text):
    row, _ = run_text("triples", refusal="a file of text does not show them")
    assert row.blame is Blame.UNKNOWN
    assert row.location_reason == "a file of text does not show them"
    assert row.reason == ""


def test_a_crash_while_known_values_are_listed_keeps_the_verdict(run_text):
    crash = WorkerError("the worker exited with code 1")
    row, subject = run_text("triples", factor=3, exact=TracingWorker(error=crash))
    assert (row.verdict, row.other_size) == (Verdict.DISAGREES, OtherSize.DISAGREES)
    assert (row.blame, row.location) == (Blame.UNKNOWN, None)
    assert row.location_reason == "the worker exited with code 1"
    assert subject is not None


def test_outputs_of_other_shapes_keep_their_reason(run_text):
    row, _ = run_text("flattens", refusal="a file of text does not show them")
    assert row.verdict is Verdict.DISAGREES
    assert (row.error, row.tolerance) == (None, None)
    assert row.location_reason == "a file of text does not show them"
    assert row.reason == "expected outputs of shapes [(4, 3)]; received [(12,)]"


def test_a_file_that_takes_one_size_only_is_refused_on_half_a_batch(run_text):
    row, subject = run_text("takes four rows")
    assert (row.verdict, row.other_size) == (Verdict.AGREES, OtherSize.REFUSED)
    assert row.other_reason == "expected 4 rows"
    assert subject is not None


def test_a_file_that_is_wrong_on_half_a_batch_only_is_found(run_text):
    row, _ = run_text("triples half batches")
    assert (row.verdict, row.other_size) == (Verdict.AGREES, OtherSize.DISAGREES)
    assert row.blame is None
    assert row.other_reason.startswith("largest error 5, tolerance ")


def test_half_a_batch_is_judged_by_its_own_rounding(deployment, run_text):
    deployment.deviations[1] = [1.5]
    row, _ = run_text("triples half batches")
    assert (row.other_size, row.other_reason) == (OtherSize.AGREES, "")


def test_half_a_batch_that_rounding_alone_may_change_is_undecided(deployment, run_text):
    deployment.deviations[1] = [10.0]
    row, _ = run_text("triples half batches")
    assert (row.verdict, row.other_size) == (Verdict.AGREES, OtherSize.UNDECIDED)
    assert row.other_reason.startswith("largest error 5, tolerance ")


def test_half_a_batch_without_finite_outputs_is_undecided(deployment, run_text):
    outputs = {"0": np.full((2, 3), np.nan)}
    save_arrays(deployment.cases[1] / EXPECTED, outputs)
    row, _ = run_text("has no finite output for half batches")
    assert row.other_size is OtherSize.UNDECIDED
    assert row.other_reason.startswith("largest error ")


def test_a_model_of_one_row_has_no_other_size(deployment, run_text):
    del deployment.cases[1]
    row, _ = run_text("doubles")
    assert row.other_size is OtherSize.NOT_TRIED


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("cannot be loaded", "exited with code 1: ValueError: not a model of any kind"),
        ("exits", "exited with code 3: out of memory"),
    ],
)
def test_a_runner_that_fails_has_its_reason_and_is_not_timed(run_text, text, reason):
    row, subject = run_text(text)
    assert (row.export, row.verdict) == (ExportStatus.FAILED, None)
    assert row.reason == f"the runner {reason}"
    assert subject is None


def test_a_whole_batch_that_is_refused_is_a_failure(deployment, run_text):
    deployment.cases.reverse()
    deployment.deviations.reverse()
    row, subject = run_text("takes four rows")
    assert (row.export, row.verdict) == (ExportStatus.FAILED, None)
    assert row.reason == "expected 4 rows"
    assert subject is None


def test_outputs_of_an_earlier_file_are_not_judged(run_text):
    assert run_text("doubles")[0].verdict is Verdict.AGREES
    row, _ = run_text("takes four rows")
    assert row.other_size is OtherSize.REFUSED
    row, _ = run_text("doubles")
    assert row.other_size is OtherSize.AGREES


def test_a_runner_that_cannot_be_built_leaves_its_format_out(deployment, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX", raising=False)
    (frozen,) = [each for each in deployment.framework.exports if each.name == "frozen"]
    row = deployment.make_row(frozen)
    assert deployment.export_and_run(frozen, row, exact=None) is None
    assert row.export is ExportStatus.NOT_RUN
    assert "no C++ compiler" in row.reason


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (CannotRunError("TypeError: no operator"), ExportStatus.REFUSED),
        (run.CompareError("the worker crashed"), ExportStatus.FAILED),
    ],
)
def test_an_exporter_that_refuses_or_crashes_has_its_reason(
    deployment, monkeypatch, error, status
):
    @contextmanager
    def open_failing(*_, **__):
        raise error
        yield

    monkeypatch.setattr(run, "open_cell_session", open_failing)
    row = deployment.make_row(FORM)
    assert deployment.export_and_run(FORM, row, exact=None) is None
    assert (row.export, row.reason) == (status, str(error))


@pytest.fixture
def deploy_both(tmp_path, monkeypatch):
    """Return a function that deploys the models of both frameworks in one format."""
    cells = [
        SimpleNamespace(workload="net", framework=name, status=None, dtype="float32")
        for name in ("torch", "tf")
    ]
    record = SimpleNamespace(
        request=SimpleNamespace(workloads=[SimpleNamespace(label="net")]),
        cells=cells,
        environment={},
    )
    reporter = SimpleNamespace(phase=str, advance=lambda *_, **__: None)
    context = SimpleNamespace(scratch=tmp_path, reporter=reporter)

    @contextmanager
    def open_run(*_, **__):
        yield SimpleNamespace(**vars(context), record=record)

    def agree(self, form, row, *, exact):
        row.export, row.verdict = ExportStatus.DONE, Verdict.AGREES
        return Subject(name=form.name, open=lambda: None)

    monkeypatch.setattr(run, "open_scratch_run", open_run)
    monkeypatch.setattr(ModelDeployment, "export_and_run", agree)

    def deploy_models(*, training=None, timing=None, launches=0):
        @contextmanager
        def open_trained(self):
            if training and self.cell.framework == "torch":
                raise training
            yield None

        def fail_timing(*_, **__):
            raise timing

        monkeypatch.setattr(ModelDeployment, "open_trained", open_trained)
        monkeypatch.setattr(run, "time_subjects", fail_timing)
        return run.deploy_models(record, reporter=reporter, launches=launches)

    return deploy_models


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (CannotRunError("no kernel for float64"), ExportStatus.NOT_RUN),
        (WorkerError("the worker exited with code 1"), ExportStatus.FAILED),
    ],
)
def test_a_model_that_cannot_be_trained_leaves_the_rows_of_the_other_framework(
    deploy_both, error, status
):
    rows = deploy_both(training=error).rows
    of_torch = [row for row in rows if row.framework == "torch"]
    assert [row.format for row in of_torch] == [
        *("script", "trace", "program", "aotinductor", "onnx")
    ]
    assert {(row.export, row.reason) for row in of_torch} == {(status, str(error))}
    others = [row.verdict for row in rows if row.framework == "tf"]
    assert others == [Verdict.AGREES] * 4


def test_a_crash_while_models_are_timed_keeps_their_verdicts(deploy_both):
    found = deploy_both(timing=WorkerError("no reply within 300 s"), launches=2)
    assert {row.verdict for row in found.rows} == {Verdict.AGREES}
    assert found.eager == []
    assert found.untimed == dict.fromkeys(("torch", "tf"), "no reply within 300 s")


def test_the_figures_of_a_format_are_those_of_all_launches():
    row = SimpleNamespace()
    eager = TimedCalls(rounds=[[2e-3], [4e-3], [8e-3]])
    timed = TimedCalls(
        starts_s=[1.0, 9.0, 2.0],
        loads_s=[0.1, 0.3, 0.2],
        peaks_bytes=[5, 7, 6],
        rounds=[[1e-3], [2e-3], [4e-3]],
    )
    store_figures(row, timed, eager=eager)
    assert (row.start_s, row.load_s, row.call_s) == (2.0, 0.2, 2e-3)
    assert row.peak_rss_bytes == 7
    assert (row.ratio, row.ratio_low, row.ratio_high) == pytest.approx((0.5,) * 3)


def test_the_size_of_a_folder_is_that_of_all_its_files(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "one").write_bytes(b"123")
    (tmp_path / "inner" / "two").write_bytes(b"45")
    assert count_bytes(tmp_path) == 5
    assert count_bytes(tmp_path / "one") == 3


def test_the_reason_of_a_refused_case_is_one_short_line(tmp_path):
    assert read_refusal(tmp_path) == ""
    (tmp_path / ERROR).write_text("expected \n  8 rows\n" + "x" * 10_000)
    assert read_refusal(tmp_path).startswith("expected 8 rows x")
    assert len(read_refusal(tmp_path)) < 400


def test_a_framework_that_is_missing_is_not_run_with_its_installation(
    invoke, monkeypatch, tmp_path
):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    file = tmp_path / "found.json"
    done = invoke("deploy", "two_layer", "-f", "tf", "--json", file)
    assert done.code == 0, done.err
    found = read_result("deploy", file.read_bytes())
    assert found["eager"] == []
    assert {row["export"] for row in found["rows"]} == {"not run"}
    assert [row["format"] for row in found["rows"]] == [
        *("saved-model", "frozen", "litert", "onnx")
    ]
    assert all(
        row["reason"] == "tensorflow is not installed; "
        "pip install 'graph-compare[tensorflow]'"
        for row in found["rows"]
    )


def deploy(invoke, framework, *options, file):
    """Run the command on `two_layer` and return format -> row."""
    done = invoke(
        "deploy", "two_layer", "-f", framework, *options, "--json", file, COLUMNS="200"
    )
    assert done.code == 0, done.out + done.err
    assert f"Written: {file}" in done.out
    return read_result("deploy", file.read_bytes()), done.out


def require_agreement(rows):
    for row in rows:
        verdicts = (row["export"], row["verdict"], row["other_size"])
        assert verdicts == ("exported", "agrees", "agrees"), row
        assert 0 < row["error"] < row["tolerance"]
        assert row["file_bytes"] > 1000
        assert row["export_s"] > 0


@pytest.mark.tf
def test_every_format_of_tensorflow_agrees_outside_the_harness(invoke, tmp_path):
    kept = tmp_path / "kept"
    options = ("--launches", 0, "--out", kept)
    found, out = deploy(invoke, "tf", *options, file=tmp_path / "found.json")
    forms = {row["format"]: row["runner"] for row in found["rows"]}
    assert forms == {
        "saved-model": "C API",
        "frozen": "C API",
        "litert": "LiteRT",
        "onnx": "ONNX Runtime",
    }
    require_agreement(found["rows"])
    assert found["eager"] == []
    assert all(row["call_s"] is None for row in found["rows"])
    assert {"processor", "tensorflow", "keras"} <= found["environment"].keys()
    assert "tf/litert" in out
    assert "what did not work or may be wrong" not in out
    for row in found["rows"]:
        assert count_bytes(Path(row["file"])) == row["file_bytes"]
    assert {path.name for path in (kept / "tf").iterdir()} == {
        *("saved-model", "frozen.pb", "litert.tflite", "onnx.onnx")
    }


@long_test
@pytest.mark.torch
def test_every_format_of_pytorch_agrees_and_is_timed(invoke, tmp_path):
    found, out = deploy(invoke, "torch", "--launches", 2, file=tmp_path / "found.json")
    assert [row["format"] for row in found["rows"]] == [
        *("script", "trace", "program", "aotinductor", "onnx")
    ]
    require_agreement(found["rows"])
    for row in found["rows"]:
        assert 0 < row["load_s"] < row["start_s"]
        assert row["ratio_low"] <= row["ratio"] <= row["ratio_high"]
        assert row["call_s"] > 0
        assert row["peak_rss_bytes"] > 2**20
    (eager,) = found["eager"]
    assert eager["framework"] == "torch"
    assert eager["start_s"] > eager["call_s"] > 0
    assert "Eager in Python, as trained. torch: " in out
