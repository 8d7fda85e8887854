"""What another interpreter must have before workers run in it."""

from __future__ import annotations

import sys

import pytest

from compare.errors import UsageError
from compare.frameworks import find_framework
from compare.interpreters.interpreter import (
    find_python,
    is_version_of,
    probe,
    read_interpreter,
    version_of,
)
from tests.support.other_interpreter import make_interpreter


def read(path, framework="torch"):
    return read_interpreter(
        path, option="--python", framework=find_framework(framework)
    )


def program(folder, text):
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.mark.torch
def test_this_interpreter_has_what_a_worker_needs():
    found = read(sys.executable)
    assert "torch" in found.modules
    assert version_of(found.distributions, find_framework("torch"))


def test_a_path_that_does_not_exist_is_no_interpreter(tmp_path):
    with pytest.raises(UsageError, match="expected a Python interpreter or the folder"):
        read(tmp_path / "missing")


def test_a_file_that_cannot_be_executed_is_no_interpreter(tmp_path):
    (tmp_path / "python").write_text("")
    with pytest.raises(UsageError, match="expected a Python interpreter or the folder"):
        read(tmp_path / "python")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("echo hello", "hello"),
        ("echo broken >&2; exit 3", "broken"),
        ("exit 3", "it exits with code 3"),
    ],
)
def test_a_program_that_is_no_python_is_refused_with_what_it_prints(
    tmp_path, text, reason
):
    with pytest.raises(UsageError, match=f"does not run as one: {reason}"):
        read(program(tmp_path, text))


def test_a_python_that_is_too_old_is_refused(tmp_path):
    facts = (
        '{"version": "3.9.2", "number": [3, 9], "executable": "python", '
        '"modules": [], "distributions": {}}'
    )
    with pytest.raises(UsageError, match=r"expected Python 3.11 or later; .* 3\.9\.2"):
        read(program(tmp_path, f"echo '{facts}'"))


@pytest.mark.parametrize("lacking", ["torch", "numpy", "msgspec"])
@pytest.mark.torch
def test_an_interpreter_without_something_that_workers_need_is_refused(
    tmp_path, lacking
):
    python = make_interpreter(tmp_path / "other", "torch", without=[lacking])
    with pytest.raises(UsageError, match=rf"has no {lacking}\b.*-m pip install"):
        read(python)


def test_the_folder_of_an_environment_names_its_interpreter(tmp_path):
    python = make_interpreter(tmp_path / "other", "")
    assert find_python(tmp_path / "other", option="--python") == python


def test_variables_of_this_process_do_not_add_packages(tmp_path, monkeypatch):
    (tmp_path / "extra").mkdir()
    (tmp_path / "extra" / "torch.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "extra"))
    python = make_interpreter(tmp_path / "other", "")
    assert probe(python, modules=("torch",), option="--python").modules == []


@pytest.mark.parametrize(
    ("label", "version", "fits"),
    [
        ("2.20", "2.20.0", True),
        ("2.20.0", "2.20.0", True),
        ("2.2", "2.20.0", False),
        ("2.13.0", "2.13.0+cpu", True),
        ("2.20", "2.19.1", False),
        ("nightly", "2.19.1", True),
        ("2.20", "", True),
    ],
)
def test_a_label_that_is_a_version_must_start_that_of_the_framework(
    label, version, fits
):
    assert is_version_of(label, version) is fits
