"""Runs from the command line: closed output, full disks, several processes."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import compare
from compare.cli.rendering import write_interim_report
from compare.cli.run import execute_run
from compare.errors import StorageError
from compare.machine import machine
from compare.runs.folder import create_folder, read_record
from compare.runs.lock import lock_folder
from tests.support.long import long_test
from tests.support.resuming import new_run, python_path, using_numpy_package
from tests.support.stored_rows import new_record

ROOT = Path(__file__).parents[2]
SAMPLE_RUN = ROOT / "reports" / "sample"


@pytest.mark.parametrize(
    ("is_closed", "code"), [("stderr", 0), pytest.param("both", 141, marks=long_test)]
)
def test_a_run_whose_output_is_closed_is_finished(
    small_suite, tmp_path, is_closed, code
):
    reader, pipe = os.pipe()
    os.close(reader)
    options = ["two_layer", "-v", "numpy/eager", "--suite", small_suite]
    done = subprocess.run(
        [sys.executable, "-m", "compare", "run", *options, "--out", tmp_path / "run"],
        stdout=pipe if is_closed == "both" else subprocess.DEVNULL,
        stderr=pipe,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": python_path()},
        check=False,
    )
    os.close(pipe)
    assert done.returncode == code
    run = compare.load_run(tmp_path / "run")
    assert run.record.finished
    assert len(run.timing) == 2, "the variant and its control"
    assert (run.folder / "index.html").exists()


@pytest.mark.parametrize("command", [["run", "--resume"], ["report"]], ids=str)
def test_a_run_that_another_process_writes_is_not_touched(cli, tmp_path, command):
    folder = shutil.copytree(SAMPLE_RUN, tmp_path / "run")
    before = (folder / "index.html").stat().st_mtime_ns
    with lock_folder(folder):
        done = cli(*command, folder)
    assert done.code == 2
    assert f"in use by process {os.getpid()}" in done.err
    assert (folder / "index.html").stat().st_mtime_ns == before


def test_a_label_that_leads_out_of_the_folder_is_refused(cli, tmp_path):
    folder = shutil.copytree(SAMPLE_RUN, tmp_path / "run")
    text = (folder / "run.json").read_text()
    (folder / "run.json").write_text(text.replace('"cnn"', '"../../../x"'))
    before = sorted(tmp_path.rglob("*"))
    done = cli("run", "--resume", folder)
    assert done.code == 2
    assert "label: expected letters, digits" in done.err
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("command", [["run", "--resume"], ["report"]], ids=str)
def test_a_cut_table_is_not_written_over(cli, tmp_path, command):
    folder = shutil.copytree(SAMPLE_RUN, tmp_path / "run")
    record = json.loads((folder / "run.json").read_text())
    record["finished"] = False
    record["environment"] |= machine()  # a run is resumed on its own machine
    (folder / "run.json").write_text(json.dumps(record))
    lines = (folder / "agreement.csv").read_text().splitlines(keepends=True)
    (folder / "agreement.csv").write_text("".join(lines[:-100]))
    before = {path: path.read_bytes() for path in folder.glob("*.*")}
    done = cli(*command, folder)
    assert done.code == 2
    assert "agreement.csv: expected " in done.err
    assert "Restore the file from a copy" in done.err
    assert {path: path.read_bytes() for path in folder.glob("*.*")} == before


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device", "/full/agree.log"),
        StorageError("/full/samples.csv.gz: cannot be written: No space left"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_full_disk_stops_a_run_with_the_file_and_the_command_that_resumes_it(
    tmp_path, monkeypatch, error
):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr("compare.api.execute", fail)
    create_folder(tmp_path / "my run", new_record())
    expected = r"/full/.*finished results are kept.*--resume '.*/my run'$"
    with pytest.raises(StorageError, match=expected):
        execute_run(tmp_path / "my run", new_record())


def test_the_page_states_during_a_run_that_the_run_is_not_finished(
    small_suite, tmp_path, monkeypatch
):
    folder, pages = tmp_path / "run", []

    def write_and_read(run):
        write_interim_report(run)
        pages.append((folder / "index.html").read_text("utf-8"))
        assert (folder / "report.md").exists()
        assert (folder / "timing.csv").exists()

    monkeypatch.setattr("compare.cli.run.write_interim_report", write_and_read)
    with using_numpy_package(tmp_path):
        new_run(folder, small_suite, timed=True)
        execute_run(folder, read_record(folder))
    assert [f"two_layer {n} of 2." in page for n, page in enumerate(pages, 1)] == [
        True,
        True,
    ]
    last = (folder / "index.html").read_text("utf-8")
    assert "This run is not finished" in pages[0]
    assert "This run is not finished" not in last
    assert "This run was stopped" not in last
