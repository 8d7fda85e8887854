"""The command ``graph-compare graph``."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from compare.cli import graph
from compare.cli.main import cli as program
from compare.contract import CapturedGraph, GraphStage
from tests.support.graph_pairs import known_pairs, optimized

LEFT, RIGHT = known_pairs()["dense network of two frameworks"]
TWO = {"torch/compile": [LEFT.graph("FX")], "tf/function": [RIGHT.graph("FuncGraph")]}
HIDDEN = CapturedGraph(
    stage=GraphStage.CAPTURED, view="CUDA graph", reason="PyTorch lists no kernels."
)


@pytest.fixture
def graph_of(monkeypatch):
    """Run the command on given graphs instead of those of workers."""

    def run(taken, *arguments):
        monkeypatch.setattr(graph, "take_graphs_of", lambda record: taken)
        variants = [text for name in taken for text in ("-v", name)]
        command = ["graph", "two_layer", *variants, *map(str, arguments)]
        return CliRunner().invoke(program, command, env={"COLUMNS": "120"})

    return run


def test_two_variants_are_compared_in_the_terminal(graph_of):
    done = graph_of(TWO)
    assert done.exit_code == 0
    assert "Graphs of each variant" in done.output
    assert "Nodes by kind" in done.output
    words = " ".join(done.output.split())
    assert "Left: torch/compile, captured. Right: tf/function, captured" in words


def test_one_variant_is_compared_before_and_after_its_optimizer(graph_of):
    before, after = optimized()
    done = graph_of({"torch/compile": [before.graph(), after.graph()]})
    assert "Right: torch/compile, optimized" in " ".join(done.output.split())


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("html", {"index.html"}),
        ("dot", {"torch-compile-captured.dot", "tf-function-captured.dot"}),
        ("netron", {"torch-compile-captured.pbtxt", "tf-function-captured.pbtxt"}),
        ("model-explorer", {"model-explorer.json"}),
    ],
)
def test_each_format_is_written_to_a_new_folder(graph_of, tmp_path, name, files):
    out = tmp_path / "new" / "graphs"
    done = graph_of(TWO, "--out", out, "--format", name)
    assert done.exit_code == 0, done.output
    assert {path.name for path in out.iterdir()} == files
    assert all(path.stat().st_size > 1000 for path in out.iterdir())
    assert done.output.count("Written: ") == len(files)


def test_a_variant_without_a_graph_has_its_reason_and_exit_code_1(graph_of):
    done = graph_of({"torch/eager": [HIDDEN]} | TWO)
    assert done.exit_code == 1
    assert "PyTorch lists no kernels." in done.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--stage", "captures"], ["--stage: expected", "did you mean captured?"]),
        (["--stage", "optimized"], ["a stage that torch/compile has: captured"]),
        (["--format", "svg"], ["--format: expected html, dot, model-explorer or"]),
        (["--format", "dot"], ["--format dot: expected a folder", "add --out DIR"]),
        (["--out", "."], ["--out: expected a new folder"]),
        (["--set", "width=1"], ["width"]),
        (["--with", "a=1"], ["--with: expected a target that has it", "Use --set"]),
        (["-v", "tf/functoin"], ["did you mean tf/function?"]),
    ],
)
def test_a_wrong_option_is_refused_with_what_to_do(graph_of, arguments, words):
    done = graph_of(TWO, *arguments)
    assert done.exit_code == 2
    assert all(word in done.output for word in words), done.output


def test_an_unknown_workload_is_refused_with_the_nearest_name(graph_of):
    done = CliRunner().invoke(program, ["graph", "two_layers", "-v", "tf/function"])
    assert done.exit_code == 2
    assert "did you mean two_layer?" in done.output


def test_a_model_of_a_user_has_the_named_variants_only():
    record = graph.plan_graphs(
        "torch.nn:Linear",
        ["torch/trace"],
        sizes=[],
        inputs=["float32:2x4"],
        arguments=["in_features=4", "out_features=3"],
    )
    assert [cell.variant for cell in record.cells] == ["torch/trace"]
