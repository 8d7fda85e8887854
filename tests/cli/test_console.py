"""What commands print to: a terminal, a file, a closed pipe, any encoding."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.table import Table
from rich.text import Text

from compare.cli.console import make_console

ROOT = Path(__file__).parents[2]
NAME = "mine[bold] :dog: [/x] 3.14"
QUIRKS = [sys.executable, "-m", "compare", "quirks"]  # printed by rich
LIST = [sys.executable, "-m", "compare", "list"]


def test_names_are_printed_literally():
    console = make_console()
    table = Table(title=NAME)
    table.add_column(NAME)
    table.add_row(NAME)
    with console.capture() as printed:
        console.print(NAME)
        console.print(table)
        console.print(Text(NAME, style="bold"))
    assert printed.get().count(NAME) == 5


def closed_pipe() -> int:
    """Return the end of a pipe whose reader has ended."""
    reader, writer = os.pipe()
    os.close(reader)
    return writer


@pytest.mark.parametrize("command", [LIST, QUIRKS, [*LIST, "--help"]], ids=str)
def test_a_closed_pipe_ends_a_command_with_its_own_exit_code(command):
    pipe = closed_pipe()
    done = subprocess.run(
        command, stdout=pipe, stderr=subprocess.PIPE, cwd=ROOT, text=True, check=False
    )
    os.close(pipe)
    assert (done.returncode, done.stderr) == (141, "")


def test_an_error_is_reported_by_its_exit_code_if_stderr_is_closed():
    pipe = closed_pipe()
    command = [sys.executable, "-m", "compare", "report", "/no/such/run"]
    done = subprocess.run(command, stderr=pipe, cwd=ROOT, check=False)
    os.close(pipe)
    assert done.returncode == 2


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=str,
)
@pytest.mark.parametrize("command", [LIST, QUIRKS], ids=lambda each: each[3])
def test_characters_that_the_encoding_lacks_are_replaced(command, environment):
    done = subprocess.run(
        command,
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(done.stdout) > 300
