"""A run in a temporary folder."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from compare.api import plan_run
from compare.errors import DataError
from compare.pipeline.request import RunOptions, build_request
from compare.pipeline.scratch_run import open_scratch_run
from compare.runs.progress import Reporter


def open_run(**options):
    record = plan_run(build_request(RunOptions(**options), timed=False))
    console = Console(file=io.StringIO())
    reporter = Reporter(console=console, expected_s=1.0, record=record)
    return open_scratch_run(record, reporter=reporter)


def test_the_data_are_read_and_the_folder_is_removed_at_the_end():
    with open_run(workloads=("two_layer",)) as run:
        assert list(run.staged) == ["two_layer"]
        assert run.shared_cache is not None
        assert run.scratch.is_dir()
    assert not run.scratch.exists()


def test_data_that_cannot_be_read_leave_no_folder(tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    (tmp_path / "images.npz").write_bytes(b"no archive")
    with (
        pytest.raises(DataError),
        open_run(workloads=("cnn",), data=str(tmp_path / "images.npz")),
    ):
        raise AssertionError
    assert list(scratch.iterdir()) == []
