"""What each command writes with ``--json`` is what its published schema describes."""

from __future__ import annotations

import json
import shutil
from math import inf, nan
from pathlib import Path

import msgspec
import numpy as np
import pytest
from jsonschema import ValidationError

from compare.agreement import parity
from compare.agreement.parity import CatalogueRun, SpellingResult
from compare.bisect.criteria import Until
from compare.bisect.record import (
    Asked,
    Bisection,
    MeasuredVersion,
    Ratio,
    save_bisection,
)
from compare.bisect.search import VersionOutcome
from compare.cli import debugging, graph
from compare.contract import LOSS, CapturedGraph, GraphStage
from compare.debugging.remedies import RemedyCase
from compare.documents.run import describe_run
from compare.dossier.parts import DossierPart, store_part
from compare.quirks import find_quirk
from compare.runs.folder import load_run
from compare.study import command
from compare.study.differences import ArrayDifference
from compare.study.ladder import lesson_names
from compare.study.own_program import CheckedProgram
from tests.dossier.test_statements import cases_of, deployed, row_of
from tests.support.documents import read_result, read_valid
from tests.support.graph_pairs import known_pairs
from tests.support.past_runs import write_past_runs
from tests.support.resuming import VARIANTS, using_numpy_package
from tests.support.synthetic import with_timing
from tests.support.two_runs import synthetic, written

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "reports" / "sample"


@pytest.fixture
def sample(tmp_path, monkeypatch):
    """Return a copy of the sample run, whose report is not rendered again."""
    for module in ("run", "report"):
        monkeypatch.setattr(
            f"compare.cli.{module}.report_run", lambda run: run.folder / "index.html"
        )
    return shutil.copytree(SAMPLE, tmp_path / "sample")


def test_a_part_that_no_schema_describes_is_found():
    found = {"checks": [], "warnings": 0}
    document = {
        "schema": "graph-compare/doctor",
        "version": 1,
        "graph_compare": "0.1.0",
        "exit_code": 0,
        "result": found,
        "error": None,
    }
    assert read_valid("doctor", json.dumps(document)) == document
    for planted in ({"warnings": "0"}, {"surplus": 1}, {"checks": None}):
        wrong = document | {"result": found | planted}
        with pytest.raises(ValidationError):
            read_valid("doctor", json.dumps(wrong))
    with pytest.raises(AssertionError, match="NaN"):
        read_valid("doctor", json.dumps(document | {"exit_code": nan}))


def test_a_real_run_is_a_document(sample, invoke):
    done = invoke("run", "--resume", sample, "--json", "-")
    found = read_result("run", done.out)
    assert found["run_id"] == load_run(SAMPLE).record.run_id
    assert found["folder"] == str(sample)
    variants = {(row["framework"], row["mode"]) for row in found["timing"]}
    assert ("tf", "xla") in variants
    assert len(found["cells"]) == len(load_run(SAMPLE).cells)
    assert all(each["agrees"] for each in found["agreement"])
    assert sum(found["agreement"][0]["counts"]["float64"].values()) > 100
    assert "is finished; nothing to resume" in done.err
    assert f"Report: file://{sample}" in done.err


def test_the_report_of_a_run_is_a_document(sample, invoke):
    found = read_result("report", invoke("report", sample, "--json", "-").out)
    assert found["page"] == f"{sample}/index.html"
    assert found["benchmarks"] is None
    assert found["run"]["baseline"] == "torch/eager"


def test_exported_benchmarks_and_their_report_are_documents(invoke, tmp_path):
    folder = written(tmp_path / "run", seed=1)
    arguments = ("export", folder, "--pytest-benchmark", "--json", "-")
    found = read_result("export", invoke(*arguments).out)
    assert found["benchmarks"] > 10
    assert Path(found["file"]).is_file()
    out = tmp_path / "report"
    arguments = ("report", found["file"], "--out", out, "--json", "-")
    shown = read_result("report", invoke(*arguments).out)
    assert len(shown["benchmarks"]) == found["benchmarks"]
    assert shown["run"] is None


def test_agreement_of_a_run_is_a_document(small_suite, tmp_path, invoke):
    chosen = [word for variant in VARIANTS for word in ("-v", variant)]
    options = ("--suite", small_suite, "--out", tmp_path / "run", "--json", "-")
    with using_numpy_package(tmp_path):
        done = invoke("agree", "two_layer", *chosen, *options)
    found = read_result("agree", done.out)
    assert [each["variant"] for each in found["agreement"]] == list(VARIANTS)
    assert all(each["agrees"] for each in found["agreement"])
    assert found["timing"] == []


def test_a_step_that_never_pays_back_is_a_word_and_no_number(tmp_path):
    made = with_timing(synthetic(), "cnn", "tf/xla", break_even_steps=inf)
    made = with_timing(made, "cnn", "tf/function", break_even_steps=nan)
    rows = describe_run(load_run(made.write(tmp_path / "run"))).timing
    never = {
        f"{row.framework}/{row.mode}": row.never_breaks_even
        for row in rows
        if row.workload == "cnn"
    }
    assert never["tf/xla"]
    assert not never["tf/function"]


def test_two_runs_compared_are_a_document(tmp_path, invoke):
    slower = {("cnn", "tf/function"): 1.10}.items()
    before = written(tmp_path / "before", seed=1)
    after = written(tmp_path / "after", seed=2, scale=slower)
    done = invoke("diff", before, after, "--json", "-")
    assert done.code == 1
    found = read_result("diff", done.out, code=1)
    assert found["has_regression"]
    (worse,) = [each for each in found["cells"] if each["is_regression"]]
    assert worse["cell"]["variant"] == "tf/function"
    assert worse["verdict"] == "slower"
    assert worse["factor"]["low"] > 1.02
    baseline = [e for e in found["cells"] if e["cell"]["variant"] == "torch/eager"]
    assert baseline[0]["factor"]["low"] is None


def test_runs_that_cannot_be_compared_are_an_error(tmp_path, invoke):
    done = invoke("diff", SAMPLE, tmp_path, "--json", "-")
    assert done.code == 2
    document = read_valid("diff", done.out)
    assert document["result"] is None
    assert document["error"]["kind"] == "run"
    assert done.err == f"error: {document['error']['message']}\n"


def test_many_runs_are_a_document(tmp_path, invoke):
    planted = [("cnn", "tf/function", 3, 1.3)]
    folder = write_past_runs(tmp_path, count=6, planted=planted)
    done = invoke("history", folder, "--json", "-", COLUMNS="100")
    found = read_result("history", done.out)
    (group,) = found["groups"]
    assert len(group["runs"]) == 6
    (changed,) = [
        each
        for each in group["series"]
        if (each["workload"], each["variant"]) == ("cnn", "tf/function")
    ]
    assert changed["changes"][0]["at"] == 3


def test_a_bisection_is_a_document(tmp_path, invoke):
    asked = Asked(
        package="tensorflow-cpu",
        versions=["2.19.0", "2.20.0", "2.21.0"],
        until=Until.SLOWER,
        subject="two_layer",
        variant="tf/function",
        budget="2min",
    )
    slower = Ratio(estimate=1.1, low=1.05, high=1.15)
    measured = [
        MeasuredVersion(
            version=version, outcome=VersionOutcome.CHANGED, evidence="x", ratio=slower
        )
        for version in ("2.21.0", "2.20.0")
    ]
    save_bisection(tmp_path, Bisection(asked=asked, measured=measured))
    done = invoke("bisect", "--resume", tmp_path, "--json", "-")
    found = read_result("bisect", done.out)
    assert (found["unchanged"], found["changed"]) == ("2.19.0", "2.20.0")
    assert found["is_decided"]
    assert found["conclusion"] in done.err


def test_mistakes_and_remedies_are_documents(monkeypatch, invoke):
    cases = [*cases_of("torch/eager"), *cases_of("tf/function", effects=1)]
    monkeypatch.setattr(debugging, "show_tables", lambda _: cases)
    found = read_result("debugging", invoke("debugging", "--json", "-").out)
    assert [each["mistake"] for each in found["cases"][:2]] == [
        *("shape_mismatch", "print")
    ]
    stored = (ROOT / "reports" / "remedies.json").read_bytes()
    remedies = msgspec.json.decode(stored, type=list[RemedyCase])
    monkeypatch.setattr(debugging, "show_remedies", lambda _: remedies)
    done = invoke("debugging", "--remedies", "--json", "-")
    assert read_result("debugging", done.out)["remedies"] == json.loads(stored)


def test_a_dossier_is_a_document(tmp_path, invoke):
    cases = [*cases_of("torch/eager"), *cases_of("tf/eager")]
    store_part(tmp_path, DossierPart.DEBUGGING, cases)
    store_part(tmp_path, DossierPart.DEPLOY, [deployed(row_of())])
    arguments = ("dossier", "--no-measure", "--out", tmp_path, "--json", "-")
    found = read_result("dossier", invoke(*arguments).out)
    assert found["missing"] == ["speed", "sizes", "dynamic"]
    assert len(found["sentences"]) == 6
    assert "not measured" in {each["verdict"] for each in found["sentences"]}


def spelled(framework, spelling, value=None, reason=""):
    arrays = {} if value is None else {LOSS: np.array([value])}
    return SpellingResult(
        framework=framework, spelling=spelling, arrays=arrays, reason=reason
    )


def test_the_catalogue_and_what_was_measured_are_documents(monkeypatch, invoke):
    found = read_result("quirks", invoke("quirks", "--json", "-").out)
    assert len(found["quirks"]) > 50
    assert found["measured"] == []
    entry = find_quirk("same_padding")
    one, other = entry.spellings
    results = [
        spelled("torch", one, 1.0),
        spelled("torch", other, 2.0),
        spelled("tf", one, 1.0),
        spelled("tf", other, reason="TensorFlow is not installed"),
    ]
    ran = CatalogueRun(results={entry.name: results}, versions={"torch": "2.13.0"})
    monkeypatch.setattr(parity, "run_catalogue", lambda _: ran)
    found = read_result("quirks", invoke("quirks", entry.name, "--json", "-").out)
    differs = {
        (each["spelling"], each["other_spelling"]): each["differs"]
        for each in found["measured"]
    }
    assert differs[one, one] is False
    assert differs[other, one] is True
    assert differs[one, other] is None
    assert found["versions"] == {"torch": "2.13.0"}


def test_what_can_run_here_is_a_document(invoke):
    found = read_result("list", invoke("list", "--json", "-").out)
    variants = {each["variant"]: each for each in found["variants"]}
    assert variants["torch/compile"]["captures"] == "forward+backward"
    assert {each["name"] for each in found["workloads"]} >= {"cnn", "two_layer"}
    (cnn,) = read_result("list", invoke("list", "cnn", "--json", "-").out)["workloads"]
    assert "quick" in cnn["suites"]
    assert "batch" in cnn["sizes"]


def test_what_is_installed_is_a_document(invoke):
    found = read_result("doctor", invoke("doctor", "--json", "-").out)
    assert found["warnings"] == sum(bool(each["fix"]) for each in found["checks"])
    assert "Python" in {each["subject"] for each in found["checks"]}


def test_matched_graphs_are_a_document(monkeypatch, invoke, tmp_path):
    left, right = known_pairs()["dense network of two frameworks"]
    hidden = CapturedGraph(
        stage=GraphStage.CAPTURED, view="CUDA graph", reason="PyTorch lists no kernels."
    )
    taken = {
        "torch/compile": [left.graph("FX")],
        "tf/function": [right.graph("FuncGraph")],
        "torch/cudagraph": [hidden],
    }
    monkeypatch.setattr(graph, "take_graphs_of", lambda record: taken)
    chosen = [word for variant in taken for word in ("-v", variant)]
    out = ("--out", tmp_path / "graphs", "--json", "-")
    done = invoke("graph", "two_layer", *chosen, *out)
    found = read_result("graph", done.out, code=1)
    assert [each["variant"] for each in found["variants"]] == list(taken)
    (pair,) = found["pairs"]
    assert pair["left"]["nodes"]["matched"] == pair["right"]["nodes"]["matched"] > 0
    assert found["files"] == [str(tmp_path / "graphs" / "index.html")]


def test_lessons_are_a_document(invoke):
    found = read_result("study", invoke("study", "--json", "-").out)
    assert [each["name"] for each in found["lessons"]] == lesson_names()
    done = invoke("study", "autograd", "--json", "-")
    (lesson,) = read_result("study", done.out)["lessons"]
    assert lesson["has_passed"] is None
    assert "torch" in lesson["frameworks"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--translations"], "--json: expected study alone"),
        (["cnn", "--variants", "torch/eager", "tf/eager"], "--json: expected study"),
        (["two_layer"], "expected a name that graph-compare study lists"),
        (["autograd", "--exercise", "write", "--framework", "torch"], "--json: expe"),
    ],
)
def test_what_has_no_result_for_programs_is_refused(invoke, arguments, message):
    done = invoke("study", *arguments, "--json", "-")
    assert done.code == 2
    assert message in read_valid("study", done.out)["error"]["message"]
    assert done.err.startswith("error: ")


def test_a_program_of_a_reader_is_a_document(monkeypatch, invoke, tmp_path):
    wrong = ArrayDifference(name="loss", text="1.0 expected, 2.0 received")
    checked = CheckedProgram(framework="torch", differences=(wrong,))
    monkeypatch.setattr(
        "compare.study.own_program.check_program", lambda entry, path: checked
    )
    (tmp_path / "my.py").write_text("def main(): ...")
    arguments = ("study", "autograd", "--check", tmp_path / "my.py", "--json", "-")
    found = read_result("study", invoke(*arguments).out, code=1)
    assert not found["program"]["has_passed"]
    assert found["program"]["arrays"] == [{"name": "loss", "text": wrong.text}]
    assert command.FAILED == 1
