"""The documents are executed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbclient import NotebookClient

from compare.cli.exit import ExitCode
from compare.documents.failure import FailureKind
from tests.support.long import long_test
from tests.support.two_runs import written

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "docs" / "check.ipynb"
PAGE = ROOT / "docs" / "frameworks.md"
EXAMPLE = ROOT / "docs" / "examples" / "plugin"
JSON_PAGE = ROOT / "docs" / "json.md"
NUMPY = ("-v", "torch/eager", "-v", "numpy/eager")
GATE = ("-v", "torch/eager", "-v", "tf/eager")


@long_test
@pytest.mark.torch
def test_the_notebook_of_a_session_runs_to_its_end(tmp_path):
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client = NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    shown = [
        output.get("data", {}).get("text/html", "")
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    ]
    assert any("wrong" in html and "Does it agree?" in html for html in shown)


def test_the_page_on_frameworks_shows_every_file_of_its_example():
    text = PAGE.read_text("utf-8")
    shown = dict(
        re.findall(r"\(examples/plugin/([^)]+)\)\n\n```\w+\n(.*?)```", text, re.DOTALL)
    )
    files = {
        str(path.relative_to(EXAMPLE)): path.read_text("utf-8")
        for path in (EXAMPLE / "pyproject.toml", *EXAMPLE.rglob("*.py"))
    }
    assert shown == files


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory):
    """Return a folder with a run and one of slower code, as the page names them."""
    folder = tmp_path_factory.mktemp("page")
    written(folder / "reports" / "monday", seed=1)
    slower = {("cnn", "tf/function"): 1.10}.items()
    written(folder / "reports" / "tuesday", seed=2, scale=slower)
    return folder


@pytest.mark.parametrize("number", range(3), ids=["list", "diff", "python"])
def test_an_example_of_the_page_on_json_prints_what_the_page_shows(two_runs, number):
    shown = re.findall(
        r"```(sh|python)\n(.*?)```\n\n```text\n(.*?)```",
        JSON_PAGE.read_text("utf-8"),
        re.DOTALL,
    )
    assert len(shown) == 3
    language, code, expected = shown[number]
    if "jq" in code and shutil.which("jq") is None:
        pytest.skip("no jq on PATH: apt install jq")
    program = {"sh": ["bash", "-euc"], "python": [sys.executable, "-c"]}[language]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [*program, code],
        capture_output=True,
        text=True,
        cwd=two_runs,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)},
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == expected


def test_the_page_on_json_lists_every_kind_of_error_and_exit_code():
    text = JSON_PAGE.read_text("utf-8")
    assert all(f"`{kind}`" in text for kind in FailureKind)
    rows = re.findall(r"^\| ([\d, ]+) \|", text, re.MULTILINE)
    codes = re.findall(r"\d+", " ".join(rows))
    assert {int(code) for code in codes} == {*ExitCode}


class Environment:
    """A fresh environment that finds this project and the libraries of this one."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.python = folder, folder / "bin" / "python"
        venv.create(folder, with_pip=False)
        (self.packages,) = folder.glob("lib/python*/site-packages")
        shared = f"{ROOT}\n{sysconfig.get_path('purelib')}\n"
        (self.packages / "shared.pth").write_text(shared)
        source = shutil.copytree(EXAMPLE, folder / "source")  # a build writes to it
        pip = (sys.executable, "-m", "pip", "--python", self.python, "install")
        offline = ("--no-deps", "--no-build-isolation", "--no-index")
        self.run(*pip, *offline, source)

    def run(self, *command: object) -> subprocess.CompletedProcess[str]:
        """Run a command outside the project; its output must not depend on it."""
        kept = {n: v for n, v in os.environ.items() if n != "PYTHONPATH"}
        environment = {"XDG_CACHE_HOME": str(self.folder / "cache"), "COLUMNS": "200"}
        return subprocess.run(
            list(map(str, command)),
            capture_output=True,
            text=True,
            cwd=self.folder,
            env={**kept, **environment},
            check=False,
            timeout=300,
        )

    def compare(self, *arguments: object) -> tuple[int, str]:
        """Return the exit code and the output of the program."""
        done = self.run(self.python, "-m", "compare", *arguments)
        return done.returncode, done.stdout + done.stderr

    @contextmanager
    def edited(self, file: str, old: str, new: str) -> Iterator[None]:
        """Change a file of the installed example for a while."""
        path = self.packages / file
        sound = path.read_text("utf-8")
        assert old in sound
        path.write_text(sound.replace(old, new), "utf-8")
        try:
            yield
        finally:
            path.write_text(sound, "utf-8")


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Return an environment with the example installed."""
    return Environment(tmp_path_factory.mktemp("example") / "environment")


@pytest.mark.torch
def test_the_installed_example_agrees_until_a_wrong_gradient_is_planted(
    environment, small_suite
):
    agree = ("agree", "two_layer", "--suite", small_suite)
    code, text = environment.compare(*agree, *NUMPY, "--out", "sound")
    assert "two_layer torch/eager: agrees in float64 and float32" in text
    assert "two_layer numpy/eager: agrees in float64 and float32" in text
    assert code == 0
    with environment.edited("example_numpy/models.py", " * (z > 0)", ""):
        code, text = environment.compare(*agree, *NUMPY[2:], "--out", "planted")
    assert "two_layer numpy/eager: disagrees" in text
    assert "gradient:hidden.weight is the first tensor out of tolerance" in text
    assert code == 1


def test_the_doctor_lists_the_installed_example_and_what_is_broken_in_it(environment):
    with environment.edited("example_gate/workload.py", "class Gate", "class Other"):
        code, text = environment.compare("doctor")
    origin = "graph-compare-example 0.1.0"
    assert f"ok    numpy: found; 1 mode in example_numpy of {origin}\n" in text
    assert f"warn  left out: workload gate of {origin}: expected" in text
    assert code == 0


@long_test
@pytest.mark.torch
@pytest.mark.tf
def test_a_wrong_gate_in_one_framework_of_the_example_is_found(environment):
    agree = ("agree", "gate", *GATE)
    code, text = environment.compare(*agree, "-v", "numpy/eager", "--out", "gate")
    assert "gate tf/eager: agrees in float64 and float32" in text
    reason = "the workload has no model in numpy: Gate.models has torch and tf"
    assert f"gate numpy/eager: not run: {reason}" in text
    assert code == 1, "a selected cell cannot run"
    with environment.edited("example_gate/tf_model.py", "tf.sigmoid", "tf.tanh"):
        code, text = environment.compare(*agree, "--out", "wrong-gate")
    assert "gate tf/eager: disagrees" in text
    assert code == 1
