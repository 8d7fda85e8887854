"""Environments with given versions of packages."""

from __future__ import annotations

import subprocess

import pytest

from compare.interpreters import environments
from compare.interpreters.environments import (
    MARKER,
    InstallError,
    last_line,
    list_environments,
    make_environment,
)
from tests.support.planted_releases import PACKAGE, release


@pytest.fixture(scope="module", autouse=True)
def _released(tmp_path_factory):
    """Let pip find releases of a package that no index has."""
    folder = tmp_path_factory.mktemp("released")
    release(folder, {"1.0": "VALUE = 1\n", "2.0": "VALUE = 2\n"})
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        yield


def value_in(python):
    command = [str(python), "-c", f"import numpy, {PACKAGE}; print({PACKAGE}.VALUE)"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_an_environment_above_this_one_has_its_packages_and_the_version(tmp_path):
    reports = []
    make = {"folder": tmp_path, "is_overlay": True, "report": reports.append}
    python = make_environment([f"{PACKAGE}==1.0"], **make)
    assert value_in(python).strip() == "1"
    assert reports == [f"Making an environment with {PACKAGE}==1.0"]
    assert make_environment([f"{PACKAGE}==1.0"], **make) == python
    assert len(reports) == 1, "it was made again"
    ((listed, made),) = list_environments(tmp_path)
    assert (listed, made.requirements) == (python, [f"{PACKAGE}==1.0"])


def test_an_environment_that_was_not_finished_is_made_again(tmp_path):
    make = {"folder": tmp_path, "is_overlay": True}
    python = make_environment([f"{PACKAGE}==2.0"], **make)
    home = python.parents[1]
    (home / MARKER).unlink()
    (home / "left over").touch()
    assert list_environments(tmp_path) == []
    assert value_in(make_environment([f"{PACKAGE}==2.0"], **make)).strip() == "2"
    assert not (home / "left over").exists()


def test_a_version_that_does_not_exist_is_reported_with_the_last_line(tmp_path):
    with pytest.raises(InstallError, match="No matching distribution found for"):
        make_environment([f"{PACKAGE}==3.0"], folder=tmp_path, is_overlay=True)
    assert list_environments(tmp_path) == []


def test_uv_installs_where_it_is_found(tmp_path, monkeypatch):
    called = []
    monkeypatch.setattr(environments.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(environments, "_call", called.append)
    with pytest.raises(FileNotFoundError):  # nothing made the folder
        make_environment([f"{PACKAGE}==1.0"], folder=tmp_path)
    assert [command[:2] for command in called] == [
        ["/bin/uv", "venv"],
        ["/bin/uv", "pip"],
    ]
    assert f"{PACKAGE}==1.0" in called[-1]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "Looking\nERROR: no such version\n\nWARNING: old pip\n",
            "ERROR: no such version",
        ),
        ("one\ntwo\n", "two"),
        ("\n", "the installer printed nothing"),
    ],
)
def test_an_installer_is_quoted_with_its_last_error(text, line):
    assert last_line(text) == line
