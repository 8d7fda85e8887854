"""``diff`` and ``history`` on the command line: output and exit codes."""

from __future__ import annotations

import json

import pytest

from tests.support.past_runs import write_past_runs
from tests.support.synthetic import agreement_only, synthetic
from tests.support.two_runs import written


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Runs of the same code, of slower code, of newer PyTorch, and without timing."""
    folder = tmp_path_factory.mktemp("runs")
    slower = {("cnn", "tf/function"): 1.10}.items()
    written(folder / "before", seed=1)
    written(folder / "same", seed=2)
    written(folder / "slower", seed=3, scale=slower)
    newer = synthetic()
    newer.record.environment["torch"] = "2.14.0"
    written(folder / "newer", newer, seed=4)
    agreement_only(synthetic()).write(folder / "agreed")
    old = json.loads((folder / "before" / "run.json").read_text())
    (folder / "old").mkdir()
    (folder / "old" / "run.json").write_text(json.dumps(old | {"schema_version": 1}))
    return folder


@pytest.mark.parametrize("command", ["diff", "history"])
def test_both_commands_have_help(cli, command):
    done = cli(command, "--help")
    assert done.code == 0
    assert "graph-compare" in done.out


def test_two_runs_of_the_same_code_exit_with_0(invoke, runs):
    done = invoke("diff", "before", "same", cwd=runs)
    assert done.code == 0, done.out + done.err
    assert "No regression beyond 2% was found." in done.out


def test_a_regression_is_named_and_exits_with_1(cli, runs):
    done = cli("diff", "before", "slower", cwd=runs)
    assert done.code == 1
    assert "tf/function on cnn: ratio to torch/eager +" in done.out


def test_a_regression_below_the_threshold_exits_with_0(invoke, runs):
    done = invoke("diff", "before", "slower", "--threshold", "25%", cwd=runs)
    assert done.code == 0, done.out


def test_other_versions_are_named_and_exit_with_2_unless_forced(invoke, runs):
    done = invoke("diff", "before", "newer", cwd=runs)
    assert done.code == 2
    assert "torch: 2.13.0+cpu in A, 2.14.0 in B" in done.err
    assert done.out == ""
    forced = invoke("diff", "before", "newer", "--force", cwd=runs)
    assert forced.code == 0, forced.out
    assert forced.out.startswith("forced: torch differs\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["before", "before"], "the same one twice"),
        (["before", "agreed"], "agreed: expected a run with step times"),
        (["before", "old"], "schema_version: expected"),
        (["before", "missing"], 'received "missing"'),
        (
            ["before", "same", "--threshold", "2"],
            'from 0% to 100%, such as 1%; received "2"',
        ),
        (
            ["before", "same", "--threshold=-1%"],
            'from 0% to 100%, such as 1%; received "-1%"',
        ),
        (["before"], "Missing argument 'B'"),
    ],
)
def test_wrong_use_of_diff_prints_a_message_and_exits_with_2(
    invoke, runs, arguments, message
):
    done = invoke("diff", *arguments, cwd=runs)
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err


def test_history_prints_and_writes_a_page_to_the_folder_of_the_runs(cli, tmp_path):
    write_past_runs(tmp_path, count=8, planted=[("cnn", "tf/xla", 4, 1.3)])
    done = cli("history", tmp_path)
    assert done.code == 0, done.err
    assert "tf/xla on cnn: ratio to torch/eager +" in done.out
    assert (tmp_path / "history.html").exists()
    assert (tmp_path / "history.html").as_uri() in done.out.replace("\n", "")


def test_history_does_not_overwrite_another_file(invoke, tmp_path):
    write_past_runs(tmp_path, count=1)
    (tmp_path / "mine.txt").write_text("mine")
    done = invoke("history", tmp_path, "--out", tmp_path / "mine.txt")
    assert done.code == 2
    assert "Nothing was overwritten" in done.err
    assert (tmp_path / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("folder", "message"),
    [("", "contain no run.json"), ("missing", "expected a folder that holds runs")],
)
def test_wrong_use_of_history_prints_a_message_and_exits_with_2(
    invoke, tmp_path, folder, message
):
    done = invoke("history", tmp_path / folder)
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err
