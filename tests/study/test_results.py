"""Stored results of lessons: damaged files are refused."""

from __future__ import annotations

import numpy as np
import pytest

from compare.errors import RunError
from compare.study.results import (
    LessonResults,
    ProgramResult,
    StudyRecord,
    arrays_file,
    read_results,
    write_results,
)


@pytest.fixture
def folder(tmp_path):
    """Return a folder with the results of one program."""
    programs = [ProgramResult(lesson="tensors", framework="torch")]
    record = StudyRecord(created="now", environment={}, programs=programs)
    write_results(LessonResults(folder=tmp_path, record=record))
    np.savez(arrays_file(tmp_path, "tensors", "torch"), a=np.ones(3))
    return tmp_path


def test_results_are_read_as_they_were_written(folder):
    results = read_results(folder)
    assert results.record.programs[0].lesson == "tensors"
    assert results.arrays("tensors", "torch")["a"].tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b'{"created": "\xff"}', b"[" * 100_000, b'{"x":1}']
)
def test_a_damaged_record_is_refused(folder, content):
    (folder / "lessons.json").write_bytes(content)
    with pytest.raises(RunError, match=r"lessons\.json: .*run the lessons again"):
        read_results(folder)


def test_a_folder_in_place_of_the_record_is_named(folder):
    (folder / "lessons.json").unlink()
    (folder / "lessons.json").mkdir()
    with pytest.raises(RunError, match="received a folder"):
        read_results(folder)


def unknown_method(content):
    """Return an archive whose list of members names an unknown compression method."""
    place = content.index(b"PK\x01\x02") + 10
    return content[:place] + b"\x63" + content[place + 1 :]


@pytest.mark.parametrize(
    "change",
    [
        lambda content: b"",
        lambda content: content[:-30],
        unknown_method,
    ],
)
def test_damaged_arrays_are_refused(folder, change):
    path = arrays_file(folder, "tensors", "torch")
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(RunError, match=r"tensors\.torch\.npz: expected the arrays"):
        read_results(folder).arrays("tensors", "torch")
