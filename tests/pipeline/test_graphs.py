"""Graphs of a run: stored per cell, taken once, and no reason to fail."""

from __future__ import annotations

import json
import shutil

import pytest

from compare.contract import GraphStage
from compare.errors import WorkerError
from compare.pipeline import graphs
from compare.pipeline.request import RunOptions
from compare.runs.captured import load_graphs
from compare.runs.words import NoteKind
from compare.workers.starting import COMMAND
from tests.support.commands import choose_variants
from tests.support.long import long_test
from tests.support.running import run

pytestmark = [pytest.mark.torch, pytest.mark.tf]

VARIANTS = ("torch/eager", "tf/function")


@pytest.fixture(scope="module")
def taken(cli, small_suite, tmp_path_factory):
    """Return the folder of a real run with graphs."""
    folder = tmp_path_factory.mktemp("runs") / "graphs"
    options = ["--suite", small_suite, "--out", folder, "--graphs"]
    done = cli("run", "two_layer", *choose_variants(VARIANTS), *options)
    assert done.code == 0, done.out + done.err
    return folder


def file_of(folder, variant):
    return folder / "graphs" / f"two_layer-{variant.replace('/', '-')}.json"


def test_every_cell_has_its_graphs(taken):
    stages = {
        variant: {graph.stage for graph in load_graphs(file_of(taken, variant))}
        for variant in VARIANTS
    }
    assert stages == {
        "torch/eager": {GraphStage.RECORDED},
        "tf/function": {GraphStage.CAPTURED, GraphStage.OPTIMIZED},
    }


def test_the_request_for_graphs_is_stored_and_in_the_report(taken):
    assert json.loads((taken / "run.json").read_text())["request"]["graphs"]
    assert "--graphs" in (taken / "report.md").read_text()


@long_test
def test_a_resumed_run_takes_only_missing_graphs(cli, taken, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(taken, copy)
    kept, missing = (file_of(copy, variant) for variant in VARIANTS)
    kept.write_text("[]")
    missing.unlink()
    record = json.loads((copy / "run.json").read_text())
    record["finished"] = False
    (copy / "run.json").write_text(json.dumps(record))
    done = cli("run", "--resume", copy)
    assert done.code == 0, done.out + done.err
    assert kept.read_text() == "[]"
    assert load_graphs(missing) == load_graphs(file_of(taken, VARIANTS[1]))


@long_test
def test_graphs_that_cannot_be_taken_are_a_note_and_not_a_failed_cell(
    small_suite, tmp_path, monkeypatch
):
    def refuse(context, cell):
        raise WorkerError("planted")

    monkeypatch.setattr(graphs, "take_graphs", refuse)
    options = RunOptions(
        workloads=("two_layer",),
        variants=("torch/eager",),
        suite_name=str(small_suite),
        graphs=True,
    )
    done = run(options, tmp_path / "run", command=COMMAND)
    assert set(done.cells["status"]) == {"ok"}
    (note,) = done.record.notes
    assert note.kind is NoteKind.NO_GRAPHS
    assert note.sentence == "two_layer torch/eager: no graphs: planted"
