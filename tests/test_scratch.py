"""Temporary folders of killed processes are removed, all others are kept."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from compare.scratch import PREFIX, ScratchFolder, sweep_stale_folders

ROOT = Path(__file__).parents[1]
HOLDER = """
from compare.scratch import ScratchFolder
import time

with ScratchFolder() as folder:
    (folder / "file").write_text("content")
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """Return the folder that holds all temporary folders."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_exists_until_its_block_ends(temporary):
    with ScratchFolder() as folder:
        assert folder.parent == temporary
        assert list(temporary.glob(f"{PREFIX}*")) == [folder]
    assert not list(temporary.iterdir())


def test_only_the_folder_of_a_killed_process_is_swept(temporary):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    try:
        theirs = Path(process.stdout.readline().strip())
        with ScratchFolder() as ours:
            sweep_stale_folders()
            assert theirs.exists(), "its process runs"
            process.kill()
            process.wait()
            assert (theirs / "file").exists(), "a killed process removes nothing"
            sweep_stale_folders()
            assert not theirs.exists()
            assert ours.exists()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_links_and_foreign_names_are_not_swept(temporary):
    outside = temporary / "outside"
    outside.mkdir()
    (outside / "file").write_text("content")
    (temporary / f"{PREFIX}link").symlink_to(outside)
    (temporary / f"{PREFIX}file").write_text("a file")
    (temporary / "graph-compare-other").mkdir()
    sweep_stale_folders()
    assert (outside / "file").exists()
    assert len(list(temporary.iterdir())) == 4


def test_a_folder_of_another_user_is_not_swept(temporary, monkeypatch):
    folder = temporary / f"{PREFIX}theirs"
    folder.mkdir()
    monkeypatch.setattr("os.geteuid", lambda: os.getuid() + 1)
    sweep_stale_folders()
    assert folder.exists()


def test_a_folder_that_is_swept_before_it_is_locked_is_created_again(
    temporary, monkeypatch
):
    flock, swept = fcntl.flock, []

    def sweep_first(descriptor, operation):
        if not swept:
            swept.extend(temporary.iterdir())
            swept[0].rmdir()
        flock(descriptor, operation)

    monkeypatch.setattr("compare.scratch.fcntl.flock", sweep_first)
    with ScratchFolder() as folder:
        assert swept
        assert folder.exists()
        assert folder not in swept
