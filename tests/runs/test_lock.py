"""One process at a time writes into a run folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from compare.errors import RunError
from compare.runs.lock import LOCK_FILE, lock_folder

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys, time
from pathlib import Path
from compare.runs.lock import lock_folder
with lock_folder(Path(sys.argv[1])):
    print("locked", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Yield another process that holds the lock of `tmp_path`."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout
    assert process.stdout.readline() == "locked\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_process_gets_an_error_that_names_the_first(holder, tmp_path):
    expected = rf"in use by process {holder.pid}\. Wait .* kill -INT {holder.pid}"
    with pytest.raises(RunError, match=expected), lock_folder(tmp_path):
        pass
    assert (tmp_path / LOCK_FILE).exists(), "the lock is not taken away"


def test_the_lock_of_a_killed_process_is_free(holder, tmp_path):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with lock_folder(tmp_path):
        assert (tmp_path / LOCK_FILE).read_text() == str(os.getpid())
    assert not (tmp_path / LOCK_FILE).exists()


def test_a_lock_file_that_its_holder_removed_is_not_the_lock(tmp_path, monkeypatch):
    from compare.runs import lock  # noqa: PLC0415 - patched here

    opened = []
    open_file = os.open

    def open_then_lose(path, *options):
        opened.append(open_file(path, *options))
        if len(opened) == 1:  # the holder ends between open and flock
            Path(path).unlink()
        return opened[-1]

    monkeypatch.setattr(lock.os, "open", open_then_lose)
    with lock_folder(tmp_path):
        assert len(opened) == 2
        with pytest.raises(RunError, match="in use"), lock_folder(tmp_path):
            pass


def test_a_folder_that_cannot_be_written_to_is_an_error(tmp_path):
    (tmp_path / LOCK_FILE).mkdir()
    expected = r"run\.lock: cannot be created"
    with pytest.raises(RunError, match=expected), lock_folder(tmp_path):
        pass
