"""``graph-compare ci`` on small repositories with planted commits."""

from __future__ import annotations

import pytest

from compare.pull_request.measuring import TimedSides
from compare.pull_request.record import ChangeKind
from compare.runs.tables import SAMPLES
from compare.stats.two_sides import LOOKS
from tests.support.documents import read_result
from tests.support.long import long_test
from tests.support.repositories import NET, commit, git, make_repository, write_files
from tests.support.simulated_blocks import simulate_launch

SCALE = "def scale(x):\n    return x\n"
# The model imports its package, of which each side has a version of its own.
PACKAGE = {
    "pkg/__init__.py": "",
    "pkg/layers.py": SCALE,
    "pkg/net.py": NET.replace(
        "import torch\n", "import torch\nfrom pkg.layers import scale\n"
    ).replace("tanh(self.hidden(x))", "tanh(scale(self.hidden(x)))"),
}
CHANGED_SCALE = "def scale(x):\n    return 1.25 * x\n"


def break_graph(source):
    """Return a model with what Dynamo cannot trace, and TorchScript cannot compile."""
    broken = '        print("debug")\n        return (lambda x: x)(self.output(hidden))'
    return source.replace("        return self.output(hidden)", broken)


def find_line(source, text):
    return next(n for n, line in enumerate(source.splitlines(), 1) if text in line)


INPUTS = ("-i", "float32:4x6")
SCRIPT = ("-v", "torch/script")


@pytest.fixture
def repository(tmp_path):
    """Return a repository with a model on its branch ``main``."""
    return make_repository(tmp_path / "repository", {"net.py": NET, **PACKAGE})


@pytest.fixture
def simulated_times(monkeypatch):
    """Return the factors by which workers are slower, where nothing is timed."""
    slower: dict[str, float] = {}

    def time_sides(*_, **__):
        rows = [
            row
            for launch in range(LOOKS[0])
            for row in simulate_launch(launch, noise=0.001, slower=slower)
        ]
        return TimedSides(samples=SAMPLES.frame(rows))

    monkeypatch.setattr("compare.pull_request.comparing.time_sides", time_sides)
    return slower


@pytest.mark.torch
def test_planted_changes_are_reported_with_their_places(
    repository, invoke, simulated_times, tmp_path
):
    broken = break_graph(PACKAGE["pkg/net.py"])
    write_files(repository, {"pkg/layers.py": CHANGED_SCALE, "pkg/net.py": broken})
    simulated_times.update(dict.fromkeys(("head torch eager",), 1.04))
    simulated_times.update(dict.fromkeys(("head again torch eager",), 1.04))
    summary = tmp_path / "summary.md"
    done = invoke(
        *("ci", "torch=pkg.net:Net", "--base", "main", *INPUTS, *SCRIPT),
        *("--comment", tmp_path / "comment.md", "--json", tmp_path / "found.json"),
        cwd=repository,
        GITHUB_ACTIONS="true",
        GITHUB_STEP_SUMMARY=str(summary),
    )
    assert done.code == 1, done.err
    found = read_result("ci", (tmp_path / "found.json").read_text(), code=done.code)
    changes = {(each["variant"], each["kind"]): each for each in found["changes"]}
    # The results differ only if each side imports its own version of the package.
    assert changes.keys() == {
        ("reference", ChangeKind.RESULTS),
        ("torch/script", ChangeKind.OUTCOME),
        ("torch/script", ChangeKind.BREAKS),
        ("torch/eager", ChangeKind.STEP_TIME),
    }
    assert found["head"].endswith("with uncommitted changes")
    line = find_line(broken, "lambda")
    assert f"::warning file=pkg/net.py,line={line},title=" in done.out
    comment = (tmp_path / "comment.md").read_text()
    assert comment.startswith("<!-- graph-compare ci: torch=pkg.net:Net -->")
    assert "| worse | torch/eager | step time |" in comment
    assert "### Durations" in summary.read_text()
    assert not git(repository, "status", "--porcelain", "-uall", "*.md")
    assert len(git(repository, "worktree", "list").splitlines()) == 1


@pytest.mark.torch
def test_a_base_that_does_not_build_is_reported_in_one_line(repository, invoke):
    commit(repository, {"net.py": "import torch\nimport missing_module\n"})
    write_files(repository, {"net.py": NET})
    done = invoke("ci", "net.py:Net", "--base", "main", *INPUTS, cwd=repository)
    assert done.code == 2
    (message,) = [line for line in done.err.splitlines() if line.startswith("error")]
    assert message.startswith("error: base, main (")
    assert "No module named 'missing_module', at net.py:2. Choose a commit" in message
    assert len(git(repository, "worktree", "list").splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("net.py:Net",), "Missing option '--base'"),
        (("net.py:Net", "--base", "missing"), "--base: expected a branch"),
        (("new.py:Net", "--base", "main"), "new.py does not exist in base, main ("),
        (("gone.py:Net", "--base", "main"), "expected a Python file"),
        (("two_layer", "--base", "main"), "--variant: expected the variants of"),
        (("net.py:Net", "--base", "main", "-v", "tf/eager"), "--variant: expected one"),
        (("net.py:Net", "--base", "main", "--budget", "soon"), "--budget: expected"),
        (("net.py:Net", "--base", "main", "--budget", "3s"), "expected at least about"),
        (("net.py:Net", "--base", "main", "--comment", "x/c"), "--comment: expected"),
        (("net.py:Net", "--base", "main", "--json", "x/j"), "--json: expected"),
        (("net.py:Net", "--base", "main", "--out", "pkg"), "pkg"),
    ],
)
def test_wrong_use_of_ci_is_refused_before_anything_runs(
    repository, invoke, arguments, message
):
    write_files(repository, {"new.py": NET})
    done = invoke("ci", *arguments, cwd=repository)
    assert done.code == 2, done.err
    assert message in done.err
    assert "Traceback" not in done.err
    assert not (repository / "reports").exists()
    assert len(git(repository, "worktree", "list").splitlines()) == 1


def test_a_folder_without_a_repository_is_refused(tmp_path, invoke):
    write_files(tmp_path, {"net.py": NET})
    done = invoke("ci", "net.py:Net", "--base", "main", cwd=tmp_path)
    assert done.code == 2
    assert "expected a folder in a git repository" in done.err


@long_test
@pytest.mark.torch
def test_a_measured_comparison_of_the_same_commit_reports_nothing(
    repository, cli, tmp_path
):
    done = cli(
        *("ci", "net.py:Net", "--base", "main", "-v", "torch/eager", *INPUTS),
        *("--budget", "10s", "--json", tmp_path / "found.json"),
        cwd=repository,
    )
    assert done.code in (0, 3), done.err  # 3 on a busy machine
    found = read_result("ci", (tmp_path / "found.json").read_text(), code=done.code)
    assert found["changes"] == []
    step, _ = found["timings"]
    assert step["launches"] >= 2
    assert step["ratio"]["low"] < step["ratio"]["estimate"] < step["ratio"]["high"]


@long_test
@pytest.mark.torch
def test_a_new_graph_break_of_dynamo_is_annotated(repository, cli, tmp_path):
    broken = break_graph(NET)
    write_files(repository, {"net.py": broken})
    done = cli(
        *("ci", "net.py:Net", "--base", "main", "-v", "torch/compile", *INPUTS),
        *("--budget", "60s", "--json", tmp_path / "found.json"),
        cwd=repository,
        GITHUB_ACTIONS="true",
    )
    assert done.code == 1, done.err
    line = find_line(broken, "print")
    assert f"::warning file=net.py,line={line},title=" in done.out
    found = read_result("ci", (tmp_path / "found.json").read_text(), code=done.code)
    kinds = {each["kind"] for each in found["changes"] if each["is_worse"]}
    assert ChangeKind.BREAKS in kinds
