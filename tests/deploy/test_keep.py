"""Exported files are kept on request; a failure to copy one loses no result."""

from __future__ import annotations

import shutil

import pytest

from compare.deploy.keep import keep_files
from compare.deploy.rows import DeployRow, ExportStatus


def row_in(name, *, size):
    return DeployRow(
        workload="two_layer",
        framework="tf",
        format=name,
        runner="C API",
        needs_python=False,
        needs_framework=True,
        export=ExportStatus.DONE if size else ExportStatus.REFUSED,
        file_bytes=size,
    )


@pytest.fixture
def exported(tmp_path):
    """Return the file and the folder of two formats, and a format without a file."""
    scratch = tmp_path / "scratch"
    (scratch / "saved-model").mkdir(parents=True)
    (scratch / "saved-model" / "graph.pb").write_text("graph")
    (scratch / "frozen.pb").write_text("frozen")
    return {name: scratch / name for name in ("saved-model", "frozen.pb", "onnx")}


@pytest.fixture
def rows():
    return {
        "saved-model": row_in("saved-model", size=5),
        "frozen.pb": row_in("frozen.pb", size=6),
        "onnx": row_in("onnx", size=None),
    }


def test_files_and_folders_are_copied_and_their_rows_have_the_paths(
    exported, rows, tmp_path
):
    folder = tmp_path / "kept" / "tf"
    assert keep_files(exported, rows, folder=folder) == {}
    assert (folder / "saved-model" / "graph.pb").read_text() == "graph"
    assert (folder / "frozen.pb").read_text() == "frozen"
    assert [row.file for row in rows.values()] == [
        *(f"{folder}/saved-model", f"{folder}/frozen.pb", "")
    ]


def test_a_file_that_cannot_be_copied_leaves_the_others_and_no_half_file(
    exported, rows, tmp_path, monkeypatch
):
    def fail(source, target, **_):
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copy", fail)
    folder = tmp_path / "tf"
    assert keep_files(exported, rows, folder=folder) == {
        f"{folder}/frozen.pb": "No space left on device"
    }
    assert [path.name for path in folder.iterdir()] == ["saved-model"]
    assert rows["frozen.pb"].file == ""
