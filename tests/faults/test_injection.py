"""Calls are counted by kind, and exactly the chosen one fails."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.injection import ERRORS, Point

ROOT = Path(__file__).parents[2]
# Makes one call of each kind, and prints which of them raised an error.
PROGRAM = """
import fcntl, json, os, subprocess, sys
from pathlib import Path
from tests.faults.injection import Injector, Point

kind, number, is_lasting = json.loads(sys.argv[1])
pipe = os.pipe()
os.write(pipe[1], b"for a reader, if the next write fails")
injector = Injector(point=Point(kind=kind, number=number, is_lasting=is_lasting))
injector.install()

def attempt(function):
    try:
        function()
    except OSError as error:
        return error.strerror
    return ""

Path("x").write_bytes(b"1")
file = os.open("lock", os.O_CREAT | os.O_RDWR)
calls = {
    "open": lambda: open("x"),
    "read": lambda: open("x", "rb").read(),
    "write": lambda: open("y", "w").close() or Path("z").write_text("1"),
    "fsync": lambda: os.fsync(file),
    "replace": lambda: Path("z").replace("z"),
    "mkdir": lambda: Path("folder").mkdir(exist_ok=True),
    "create": lambda: os.close(os.open("w", os.O_CREAT | os.O_WRONLY)),
    "lock": lambda: fcntl.flock(file, fcntl.LOCK_EX),
    "spawn": lambda: subprocess.run([sys.executable, "-c", ""]),
    "pipe": os.pipe,
    "send": lambda: os.write(pipe[1], b"1"),
    "receive": lambda: os.read(pipe[0], 1),
}
before = dict(injector.counts)
failed = {name: attempt(call) for name, call in calls.items()}
print(json.dumps({"before": before, "after": injector.counts, "failed": failed}))
"""


def result_of(tmp_path, point):
    """Return what the program counted, and which calls failed."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(point)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Return the result without a failure."""
    return result_of(tmp_path_factory.mktemp("calls"), ["none", 0, False])


def test_every_kind_of_call_is_counted(undisturbed):
    made = {
        kind: undisturbed["after"][kind] - undisturbed["before"].get(kind, 0)
        for kind in ERRORS
    }
    assert min(made.values()) >= 1, made
    assert made["spawn"] == 1, "its own pipes and reads do not count"
    assert (made["pipe"], made["receive"], made["send"]) == (1, 1, 1)
    assert not any(undisturbed["failed"].values())


@pytest.mark.parametrize("kind", ERRORS)
def test_the_chosen_call_fails(tmp_path, undisturbed, kind):
    number = undisturbed["before"].get(kind, 0) + 1
    failed = result_of(tmp_path, [kind, number, False])["failed"]
    assert [name for name, reason in failed.items() if reason] == [kind]


def test_a_lasting_point_includes_later_calls():
    once = Point(kind="write", number=2)
    lasting = Point(kind="write", number=2, is_lasting=True)
    assert [once.includes("write", n) for n in (1, 2, 3)] == [False, True, False]
    assert [lasting.includes("write", n) for n in (1, 2, 3)] == [False, True, True]
    assert not lasting.includes("read", 2)
    assert str(lasting) == "write 2 and later"
