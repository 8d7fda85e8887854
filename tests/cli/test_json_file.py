"""The option ``--json``: a document for programs, whatever happens."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from math import inf, nan
from pathlib import Path

import click
import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from compare import __version__
from compare.cli import main
from compare.cli.exit import CommandOutcome, ExitCode, run_guarded
from compare.cli.json_command import JsonCommand, find_json_file
from compare.cli.json_file import require_target, with_json, write_document
from compare.documents.envelope import encode_document
from compare.documents.failure import FailureKind, failure_kind_of
from compare.documents.kinds import DOCUMENTS
from compare.errors import (
    CompareError,
    DataError,
    OutOfRangeError,
    RunError,
    StorageError,
    UsageError,
    WorkerError,
)
from tests.support.documents import read_result, read_valid

ROOT = Path(__file__).parents[2]
WITHOUT_RESULT = {"new", "schema"}


def outcome_of(work, path, *arguments, debug=False):
    """Run a command called ``doctor`` that does this work, with ``--json``."""

    @click.command(name="doctor", cls=JsonCommand)
    @click.option("--number", type=int)
    @with_json
    def command(number, json_file):
        run_guarded(work, debug=debug, json_file=json_file)

    return CliRunner().invoke(command, ["--json", str(path), *arguments])


def finding(**found):
    """Return work that prints, and finds an empty result."""
    result = {"checks": [], "warnings": 0} | found

    def work():
        click.echo("for people")
        return CommandOutcome(code=ExitCode.FAILED, describe=lambda: result)

    return work


def raising(error):
    def work():
        raise error

    return work


def test_every_command_with_a_result_has_a_document():
    commands = main.cli.commands
    with_option = {
        name
        for name, command in commands.items()
        if any(each.name == "json_file" for each in command.params)
    }
    assert with_option == set(commands) - WITHOUT_RESULT
    assert with_option == set(DOCUMENTS) - {"card", "comparison"}
    assert all(isinstance(commands[name], JsonCommand) for name in with_option)


def test_stdout_has_the_document_and_stderr_what_is_for_people():
    done = outcome_of(finding(), "-")
    assert done.exit_code == 1
    assert done.stderr == "for people\n"
    assert read_valid("doctor", done.stdout) == {
        "schema": "graph-compare/doctor",
        "version": DOCUMENTS["doctor"].version,
        "graph_compare": __version__,
        "exit_code": 1,
        "result": {"checks": [], "warnings": 0},
        "error": None,
    }


def test_a_file_gets_the_document_and_stdout_its_path(tmp_path):
    path = tmp_path / "found.json"
    done = outcome_of(finding(), path)
    assert done.stdout == f"for people\nWritten: {path}\n"
    assert read_result("doctor", path.read_bytes(), code=1)["warnings"] == 0
    assert path.read_text("utf-8").startswith('{\n "schema": "graph-compare/doctor"')


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (UsageError("x"), FailureKind.USAGE, 2),
        (CompareError("x"), FailureKind.USAGE, 2),
        (DataError("x"), FailureKind.DATA, 2),
        (OutOfRangeError("x"), FailureKind.DATA, 2),
        (RunError("x"), FailureKind.RUN, 2),
        (WorkerError("x"), FailureKind.WORKER, 2),
        (StorageError("x"), FailureKind.STORAGE, 1),
        (OSError("x"), FailureKind.STORAGE, 1),
        (KeyError("x"), FailureKind.INTERNAL, 1),
        (KeyboardInterrupt(), FailureKind.INTERRUPTED, 130),
        (BrokenPipeError(), FailureKind.INTERRUPTED, 141),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_a_command_that_ends_without_a_result_writes_why(error, kind, code):
    done = outcome_of(raising(error), "-")
    assert done.exit_code == code
    document = read_valid("doctor", done.stdout)
    assert document["result"] is None
    assert document["exit_code"] == code
    assert document["error"]["kind"] == kind
    message = document["error"]["message"]
    assert message
    if kind is not FailureKind.INTERRUPTED:
        assert done.stderr == f"error: {message}\n"
        assert failure_kind_of(error) is kind


def test_a_signal_is_an_interruption_with_its_code():
    done = outcome_of(lambda: os.kill(os.getpid(), signal.SIGTERM), "-")
    assert done.exit_code == ExitCode.TERMINATED
    error = read_valid("doctor", done.stdout)["error"]
    assert error == {"kind": "interrupted", "message": "Interrupted."}


def test_debug_raises_the_error_and_writes_the_document():
    done = outcome_of(raising(UsageError("--x: wrong")), "-", debug=True)
    assert isinstance(done.exception, UsageError)
    error = read_valid("doctor", done.stdout)["error"]
    assert error == {"kind": "usage", "message": "--x: wrong"}


def test_a_result_that_cannot_be_encoded_is_a_bug_and_no_half_document(tmp_path):
    path = tmp_path / "found.json"
    done = outcome_of(finding(checks=[object()]), path)
    assert done.exit_code == 1
    assert "This is a bug in graph-compare" in done.stderr
    error = read_valid("doctor", path.read_bytes())["error"]
    assert error["kind"] == "internal"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--nubmer", "1"], "--nubmer"),
        (["--number", "one"], "'one' is not a valid integer"),
        (["surplus"], "unexpected extra argument"),
    ],
)
@pytest.mark.parametrize("is_joined", [True, False])
def test_an_option_that_cannot_be_parsed_is_an_error_in_the_document(
    tmp_path, arguments, message, is_joined
):
    path = tmp_path / "found.json"
    option = [f"--json={path}"] if is_joined else ["--json", str(path)]
    command = JsonCommand("doctor", params=[click.Option(["--number"], type=int)])
    with_json(command)
    done = CliRunner().invoke(command, [*option, *arguments])
    assert done.exit_code == 2
    error = read_valid("doctor", path.read_bytes())["error"]
    assert error["kind"] == "usage"
    assert message in error["message"]
    assert message in done.stderr


def test_the_target_is_found_in_arguments_as_click_finds_it():
    assert find_json_file(["x", "--json", "-"]) == Path("-")
    assert find_json_file(["--json=a.json", "x"]) == Path("a.json")
    assert find_json_file(["--", "--json", "x"]) is None
    assert find_json_file(["x", "--json"]) is None


def test_the_program_reports_an_unknown_option_as_a_document(invoke):
    done = invoke("diff", "a", "b", "--json", "-", "--treshold", "2%")
    assert done.code == 2
    error = read_valid("diff", done.out)["error"]
    assert "--treshold" in error["message"]
    assert "Usage: graph-compare diff" in done.err


def test_a_file_with_other_content_is_not_overwritten(tmp_path):
    ran = []
    for content in ("import torch\n", '{"schema": "other/1"}', "[]"):
        path = tmp_path / "net.py"
        path.write_text(content)
        done = outcome_of(lambda: ran.append(1) or 0, path)
        assert done.exit_code == 2
        assert done.stderr == (
            "error: --json: expected a new file, or one that --json wrote; received "
            f"{path}, which has other content. Nothing was overwritten: name another\n"
        )
        assert path.read_text() == content
    assert not ran
    broken = outcome_of(finding(), path, "--number", "one")
    assert broken.exit_code == 2
    assert path.read_text() == "[]"


@pytest.mark.parametrize("content", [b"", encode_document("list", code=0)])
def test_an_empty_file_and_an_earlier_document_are_replaced(tmp_path, content):
    path = tmp_path / "found.json"
    path.write_bytes(content)
    assert outcome_of(finding(), path).exit_code == 1
    assert read_result("doctor", path.read_bytes(), code=1)["checks"] == []
    assert [each.name for each in tmp_path.iterdir()] == ["found.json"]


def test_a_link_is_kept_and_its_file_replaced(tmp_path):
    path, link = tmp_path / "found.json", tmp_path / "link.json"
    link.symlink_to(path)
    assert outcome_of(finding(), link).exit_code == 1
    assert link.is_symlink()
    assert read_result("doctor", path.read_bytes(), code=1)["checks"] == []


def test_a_named_pipe_gets_the_document(tmp_path):
    pipe, received = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()))
    reader.start()
    assert outcome_of(finding(), pipe).exit_code == 1
    reader.join(timeout=10)
    assert read_result("doctor", received[0], code=1)["checks"] == []
    assert pipe.is_fifo()


def test_an_open_pipe_of_the_shell_gets_the_document():
    reading, writing = os.pipe()
    assert outcome_of(finding(), f"/dev/fd/{writing}").exit_code == 1
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        assert read_result("doctor", file.read(), code=1)["checks"] == []


def test_a_disk_that_is_full_keeps_the_earlier_document(tmp_path, monkeypatch):
    path = tmp_path / "found.json"
    path.write_bytes(before := encode_document("doctor", code=0))

    def write_half(self, content):
        with self.open("wb") as file:
            file.write(content[: len(content) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", write_half)
    done = outcome_of(finding(), path)
    assert done.exit_code == 1
    assert f"error: --json: cannot write {path}: No space left" in done.stderr
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["found.json"]


def test_a_folder_that_does_not_exist_is_found_before_anything_is_written(tmp_path):
    require_target(tmp_path / "found.json")
    require_target(Path("-"))
    for path in (tmp_path, tmp_path / "missing" / "found.json"):
        with pytest.raises(UsageError, match="expected a file in a folder that exists"):
            require_target(path)


def test_a_file_that_cannot_be_written_is_reported_with_the_reason(tmp_path):
    path = tmp_path / "missing" / "found.json"
    with pytest.raises(StorageError) as caught:
        write_document(path, b"{}")
    assert str(caught.value) == (
        f"--json: cannot write {path}: No such file or directory"
    )


def test_numbers_that_json_lacks_are_null_and_paths_are_texts():
    found = {"nan": nan, "inf": inf, "own": np.float64(2.5), "path": Path("a/b")}
    document = json.loads(encode_document("doctor", code=0, result=found))
    assert document["result"] == {"nan": None, "inf": None, "own": 2.5, "path": "a/b"}
    with pytest.raises((NotImplementedError, TypeError, msgspec.MsgspecError)):
        encode_document("doctor", code=0, result=object())


def test_a_reader_that_ends_early_ends_the_program_with_the_code_of_a_closed_pipe():
    command = f"{sys.executable} -m compare list --json - 2>/dev/null | true"
    done = subprocess.run(
        ["bash", "-c", f"{command}; echo ${{PIPESTATUS[0]}}"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert done.stdout == "141\n"
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["list", "quirks"])  # lines, and a table
def test_a_reader_of_messages_that_ends_early_does_not_end_the_program(command):
    script = (
        f"exec 2> >(exec true); sleep 0.3; "
        f"{sys.executable} -m compare {command} --json -"
    )
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0
    assert read_result(command, done.stdout)


def test_a_program_without_stderr_still_gets_its_document():
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m compare list cnn --json - 2>&-"],
        capture_output=True,
        cwd=ROOT,
        check=True,
    )
    (workload,) = read_result("list", done.stdout)["workloads"]
    assert workload["name"] == "cnn"


def test_the_schema_of_a_command_is_printed(invoke):
    done = invoke("schema", "diff")
    assert done.code == 0
    assert json.loads(done.out)["properties"]["schema"]["const"] == (
        "graph-compare/diff"
    )
    listed = [line.split()[:3] for line in invoke("schema").out.splitlines()]
    assert listed == [
        [name, "version", str(kind.version)] for name, kind in DOCUMENTS.items()
    ]
    wrong = invoke("schema", "dif")
    assert wrong.code == 2
    assert "did you mean diff?" in wrong.err
