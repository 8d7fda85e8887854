"""Only regular files of a limited size are read."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from compare import files


def make(kind, path):
    """Create something that is no file."""
    if kind == "a folder":
        path.mkdir()
    elif kind == "a named pipe":
        os.mkfifo(path)
    elif kind == "a device":
        path.symlink_to("/dev/zero")
    elif kind == "a socket":
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(str(path))


def test_a_regular_file_is_read(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"content")
    assert files.read_file(path) == b"content"
    assert files.require_regular_file(path) == 7


@pytest.mark.parametrize("kind", sorted(set(files.KINDS.values())))
def test_something_else_in_place_of_a_file_is_named(tmp_path, kind):
    path = tmp_path / "x"
    make(kind, path)
    with pytest.raises(OSError, match=f"expected a file; received {kind}"):
        files.read_file(path)


def test_a_file_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    path = tmp_path / "x"
    with path.open("wb") as file:
        file.truncate(2 * files.MAX_BYTES)
    monkeypatch.setattr(Path, "read_bytes", None)
    with pytest.raises(OSError, match=r"at most 1,073,741,824 bytes; received 2,14"):
        files.read_file(path)


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        files.read_file(tmp_path / "x")
