"""A small run in a process of its own, and what must be true of it afterwards.

The process is forked from this one, which has imported every module. So a run with its
report takes about two seconds. Its workers are real; they compute with NumPy
(``tests/support/packages``).
"""

from __future__ import annotations

import atexit
import contextlib
import csv
import gzip
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from compare.cli.exit import ExitCode
from compare.cli.main import cli
from compare.frameworks import frameworks

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

ROOT = Path(__file__).parents[2]
PACKAGES = ROOT / "tests" / "support" / "packages"
MARK = "GRAPH_COMPARE_FAULT_TEST"  # in the environment of every worker of a run
TIME_LIMIT_S = 120.0
WORKERS_END_S = 5.0
DOCUMENTED = set(ExitCode)

SUITE = """
launches = 2
repeats = 0
rounds = 2
block_ms = 0.2
trajectory_steps = 1

"""
# The small network is quick; the other one is trained, and reads images.
WORKLOADS = {
    "two_layer": """
[[workload]]
name = "two_layer"
batch = 4
inputs = 6
hidden = 5
outputs = 3
learning_rate = 1e-4
""",
    "cnn": """
[[workload]]
name = "cnn"
data = "images.npz"
batch = 4
epochs = 1
""",
}
# What identifies a row of each table. Rows with equal keys are duplicates.
CELL = ("workload", "framework", "mode", "device", "dtype")
KEYS = {
    "agreement.csv": (*CELL, "check", "step", "quantity", "against", "threads"),
    "learning.csv": ("workload", "variant", "epoch"),
    "profile.csv": (*CELL, "operation"),
    "samples.csv.gz": (*CELL, "launch", "round"),
}
OPTIONAL_KEYS = ("inputs",)  # part of the key in the tables that have the column


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a process ended and what it printed."""

    code: int  # negative: the number of a signal
    err: str


@dataclass(kw_only=True)
class SmallRun:
    """A folder with the suite, the run folder, and the run's temporary files."""

    base: Path
    workload: str = "two_layer"
    findings: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        """The run folder."""
        return self.base / "run"

    @property
    def temporary(self) -> Path:
        """The folder of temporary files."""
        return self.base / "tmp"

    @property
    def is_resumable(self) -> bool:
        """Whether the run was created."""
        return (self.folder / "run.json").exists()

    def create(self) -> None:
        """Write the suite and its images into an empty folder."""
        shutil.rmtree(self.base, ignore_errors=True)
        self.temporary.mkdir(parents=True)
        (self.base / "suite.toml").write_text(SUITE + WORKLOADS[self.workload])
        rng = np.random.default_rng(0)
        images = rng.random((12, 4, 4, 1), dtype=np.float32)
        np.savez(self.base / "images.npz", images=images, labels=np.arange(12) % 2)

    def arguments(self) -> list[str]:
        """Return the command line that starts the run, or continues it."""
        if self.is_resumable:
            return ["run", "--resume", "run"]
        chosen = ["-v", "numpy/eager", "-v", "numpy/again", "--threads", "1"]
        return ["run", "--suite", "suite.toml", *chosen, "--profile", "--out", "run"]

    def start(self, *, prepare: Callable[[], None] | None = None) -> int:
        """Fork a process that starts or continues the run; return its id."""
        arguments = self.arguments()
        process = os.fork()
        if process == 0:
            os.chdir(self.base)
            with (self.base / "err").open("w") as err, open(os.devnull, "w") as out:  # noqa: PTH123 - not a path
                os.dup2(err.fileno(), 2)
                os.dup2(out.fileno(), 1)
            os._exit(_run_command(arguments, self.temporary, prepare))
        return process

    def execute(self, *, prepare: Callable[[], None] | None = None) -> Outcome:
        """Start or continue the run and wait for it."""
        return self.wait(self.start(prepare=prepare))

    def wait(self, process: int) -> Outcome:
        """Wait for a process of the run; kill it after the time limit."""
        deadline = time.monotonic() + TIME_LIMIT_S
        while not (ended := os.waitpid(process, os.WNOHANG))[0]:
            if time.monotonic() > deadline:
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)
                self.findings.append(f"the run did not end within {TIME_LIMIT_S} s")
                break
            time.sleep(0.01)
        code = os.waitstatus_to_exitcode(ended[1])
        return Outcome(code=code, err=(self.base / "err").read_text())

    def rows(self, name: str) -> list[tuple[str, ...]]:
        """Return the rows of a table as texts, with the header first."""
        path = self.folder / name
        if not path.exists():
            return []
        content = path.read_bytes()
        text = gzip.decompress(content) if name.endswith(".gz") else content
        return [tuple(row) for row in csv.reader(text.decode().splitlines())]

    def stored_rows(self) -> dict[str, list[tuple[str, ...]]]:
        """Return the stored rows of all tables that a run appends to.

        Rows that ``run.json`` does not count are an append that did not finish: a
        resumed run obtains that result again.
        """
        path = self.folder / "run.json"
        counts = json.loads(path.read_text())["row_counts"] if path.exists() else {}
        return {name: self.rows(name)[: 1 + counts.get(name, 0)] for name in KEYS}

    def failures(self) -> list[str]:
        """Return the reasons of cells without a result, and of skipped extras.

        A note of the run names what was skipped: a repetition, a profile, the control.
        """
        if not self.is_resumable:
            return []
        record = json.loads((self.folder / "run.json").read_text())
        failed = [each for each in record["cells"] if each["status"] == "failed"]
        return [each["reason"] for each in (*failed, *record["notes"])]

    def require(self, condition: object, finding: str) -> None:
        """Store a finding if the condition is false."""
        if not condition:
            self.findings.append(finding)

    def check_message(self, outcome: Outcome) -> None:
        """Check that a process ended with a documented code and no traceback."""
        self.require("Traceback" not in outcome.err, "a traceback was printed")
        self.require("bug in graph-compare" not in outcome.err, "reported as a bug")
        self.require(outcome.code in DOCUMENTED, f"exit code {outcome.code}")

    def check_nothing_is_left(self) -> None:
        """Check that no process and no temporary file of the run remains."""
        left = wait_for_workers(str(self.temporary))
        self.require(not left, f"processes left: {left}")
        files = [path.name for path in self.temporary.iterdir()]
        self.require(not files, f"temporary files left: {files}")
        partial = [path.name for path in self.base.rglob("*.partial")]
        self.require(not partial, f"partial files left: {partial}")

    def check_kept(self, before: dict[str, list[tuple[str, ...]]]) -> None:
        """Check that no row of a finished part was lost since `before`."""
        for name, rows in before.items():
            lost = set(rows) - set(self.rows(name))
            self.require(not lost, f"{name}: {len(lost)} rows lost: {sorted(lost)[:1]}")

    def check_complete(self, expected: dict[str, Counter[tuple[str, ...]]]) -> None:
        """Check that the run is finished with the rows of an undisturbed run.

        Rows may be missing only if the run names what failed. None may be there twice.
        """
        record = json.loads((self.folder / "run.json").read_text())
        self.require(record["finished"], "the resumed run is not finished")
        is_explained = bool(self.failures())
        for name, keys in expected.items():
            found = count_keys(name, self.rows(name))
            missing, extra = keys - found, found - keys
            self.require(
                is_explained or not missing, f"{name}: missing {missing.most_common(1)}"
            )
            self.require(
                not extra, f"{name}: duplicate or extra {extra.most_common(1)}"
            )


def count_keys(name: str, rows: list[tuple[str, ...]]) -> Counter[tuple[str, ...]]:
    """Return how often each key of a table occurs."""
    if not rows:
        return Counter()
    header, *rest = rows
    wanted = [*KEYS[name], *(key for key in OPTIONAL_KEYS if key in header)]
    places = [header.index(key) for key in wanted]
    return Counter(tuple(row[place] for place in places) for row in rest)


def expected_keys(run: SmallRun) -> dict[str, Counter[tuple[str, ...]]]:
    """Return the keys of every table of a run."""
    return {name: count_keys(name, run.rows(name)) for name in KEYS}


def preload(
    base: Path, *, cores: Collection[int], workload: str
) -> dict[str, Counter[tuple[str, ...]]]:
    """Execute one run; import the modules that it used into this process.

    Args:
        base: the folder of the run.
        cores: the processors of the run; the number of repetitions depends on them.
        workload: of the run.

    Returns:
        The keys of every table of the run.
    """
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(PACKAGES)])
    sys.path.insert(0, str(PACKAGES))
    run = SmallRun(base=base, workload=workload)
    run.create()

    def prepare() -> None:
        os.sched_setaffinity(0, cores)
        atexit.register(_store_modules, base)

    outcome = run.execute(prepare=prepare)
    run.check_message(outcome)
    run.check_nothing_is_left()
    if outcome.code or run.findings:
        raise SystemExit(f"the undisturbed run failed: {run.findings}\n{outcome.err}")
    for name in (base / "modules").read_text().split():
        with contextlib.suppress(ImportError):
            import_module(name)
    frameworks()
    return expected_keys(run)


def _store_modules(base: Path) -> None:
    names = (name for name in list(sys.modules) if not name.startswith("__"))
    (base / "modules").write_text("\n".join(names))


def _run_command(
    arguments: list[str], temporary: Path, prepare: Callable[[], None] | None
) -> int:
    """Run a command line as the interpreter would; return the exit code."""
    os.environ |= {
        MARK: str(temporary),
        "TMPDIR": str(temporary),
        "XDG_CACHE_HOME": str(temporary.parent / "cache"),
        "COLUMNS": "100",
    }
    tempfile.tempdir = None
    try:
        if prepare:
            prepare()
        cli(arguments, prog_name="graph-compare")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - the interpreter prints it as well
        traceback.print_exc()
        code = 1
    threading._shutdown()  # waits for threads, as at exit
    atexit._run_exitfuncs()
    with contextlib.suppress(OSError):
        sys.stderr.flush()
    return code


def wait_for_workers(mark: str, *, limit_s: float = WORKERS_END_S) -> list[int]:
    """Return the workers of a run that still exist after some seconds."""
    deadline = time.monotonic() + limit_s
    while (left := list(_workers(mark))) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def _workers(mark: str) -> Iterator[int]:
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with contextlib.suppress(OSError):
                if f"{MARK}={mark}".encode() in (path / "environ").read_bytes():
                    yield int(path.name)
