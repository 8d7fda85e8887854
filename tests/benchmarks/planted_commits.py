"""Count what ``graph-compare ci`` reports of commits to this very repository.

Some commits change a comment; each report on them is a false positive. The others make
the training step of PyTorch take 3% longer. There are two ways to measure them:

- whole runs: every commit is made in a clone, and ``graph-compare ci two_layer`` is
  started for it;
- resampled launches (``--resample``): one long measurement of two identical sides. Its
  launches are distributed at random over commits, each launch to one commit at most.
  Checks of agreement are made once only.

    python -m tests.benchmarks.planted_commits FILE --same 20 --slower 10
    python -m tests.benchmarks.planted_commits FILE --resample LAUNCHES
    python -m tests.benchmarks.planted_commits FILE --summary

Each commit is appended to the file, so an interrupted measurement can be continued:
the numbers are totals.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from contextlib import chdir
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from math import nan
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pandas as pd
from rich.console import Console

from compare.machine import machine
from compare.pull_request.changes import find_changes
from compare.pull_request.checkout import check_out, resolve_base
from compare.pull_request.judging import judge_durations, list_duration_changes
from compare.pull_request.measuring import (
    TimedSides,
    add_launch,
    check_sides,
    is_measured,
    opening_contenders,
)
from compare.pull_request.record import ChangeKind, PullRequestResult, SideTiming
from compare.pull_request.requests import SideOptions
from compare.pull_request.sides import SideName, TreeSide
from compare.runs.record import Start, utc_now
from compare.runs.tables import SAMPLES
from compare.stats.two_sides import LOOKS, SideVerdict
from tests.benchmarks.same_code_twice import format_share
from tests.support.requested import requested

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[2]
WORKLOAD, VARIANT, PLANTED = "two_layer", "torch/eager", 0.03
FILE = "impl_torch/step.py"
STEP = """\
    def run(inputs: Tensor, targets: Tensor) -> Tensor:
        loss = differentiate(inputs, targets)
        update.step()
        return loss
"""
SLOWER_STEP = f"""\
    def run(inputs: Tensor, targets: Tensor) -> Tensor:
        began = perf_counter()
        loss = differentiate(inputs, targets)
        update.step()
        end = began + {1 + PLANTED} * (perf_counter() - began)
        while perf_counter() < end:
            pass
        return loss
"""
LAUNCH_S, SAVED_EVERY = 5.0, 10  # of the long measurement
IDENTITY = ("-c", "user.name=planted", "-c", "user.email=planted@example.org")


class Method(StrEnum):
    """How a commit was measured."""

    WHOLE_RUNS = "whole runs"
    RESAMPLED = "resampled launches"


@dataclass(frozen=True, kw_only=True)
class CommitRow:
    """One commit, and what was reported."""

    method: Method
    number: int
    is_slower: bool
    changes: str  # their kinds; empty if nothing was reported
    verdict: str  # on the step time
    ratio: float
    ratio_low: float
    ratio_high: float
    detectable: float
    launches: int
    seconds: float  # of the whole command; NaN of resampled launches
    load: str


def run_git(folder: Path, *arguments: str) -> None:
    """Run a git command."""
    command = ["git", *IDENTITY, *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def make_clone(folder: Path) -> Path:
    """Return a clone of this repository's last commit, on the branch ``main``."""
    clone = folder / "clone"
    run_git(folder, "clone", "--quiet", str(ROOT), str(clone))
    run_git(clone, "checkout", "-B", "main")
    return clone


def commit_change(clone: Path, *, number: int, is_slower: bool) -> None:
    """Commit to a branch of its own: a comment, or a slower step."""
    run_git(clone, "checkout", "-B", f"commit-{number}", "main")
    path = clone / FILE
    text = path.read_text("utf-8")
    if is_slower:
        assert STEP in text
        text = text.replace(STEP, SLOWER_STEP).replace(
            "from typing import Any\n",
            "from time import perf_counter\nfrom typing import Any\n",
            1,
        )
    path.write_text(f"{text}\n# Commit {number} of a measurement.\n", "utf-8")
    run_git(clone, "commit", "-am", f"commit {number}")


def measure_commit(
    clone: Path, *, number: int, is_slower: bool, budget: str
) -> CommitRow:
    """Return what the command reports of a commit."""
    commit_change(clone, number=number, is_slower=is_slower)
    load, began = machine()["load average at start"], monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "result.json"
        command = [
            *(sys.executable, "-m", "compare", "ci", WORKLOAD, "--base", "main"),
            *("-v", VARIANT, "--budget", budget, "--seed", str(number)),
            *("--out", f"{scratch}/out", "--json", str(file)),
        ]
        environment = {"PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"}
        done = subprocess.run(
            command,
            cwd=clone,
            env={**os.environ, **environment},
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode not in (0, 1, 3):
            raise SystemExit(f"commit {number}: {done.stderr}")
        found = msgspec.json.decode(file.read_bytes())["result"]
        result = msgspec.convert(found, PullRequestResult)
    return describe_result(
        result,
        method=Method.WHOLE_RUNS,
        number=number,
        is_slower=is_slower,
        seconds=monotonic() - began,
        load=load,
    )


def describe_result(result: PullRequestResult, **known: Any) -> CommitRow:
    """Return the row of a commit."""
    (step,) = [e for e in result.timings if e.kind is ChangeKind.STEP_TIME]
    ratio = step.ratio
    return CommitRow(
        changes="; ".join(dict.fromkeys(str(e.kind) for e in result.changes)),
        verdict=str(step.verdict),
        ratio=nan if ratio.estimate is None else ratio.estimate,
        ratio_low=nan if ratio.low is None else ratio.low,
        ratio_high=nan if ratio.high is None else ratio.high,
        detectable=nan if step.detectable is None else step.detectable,
        launches=step.launches,
        **known,
    )


def measure_identical(clone: Path, launches: int, *, folder: Path) -> TimedSides:
    """Return launches of two sides of the same commit, also those of earlier calls."""
    result = read_launches(folder)
    options = SideOptions(subject=WORKLOAD, variants=(VARIANT,))
    done = result.samples["launch"].nunique()
    if done >= launches:
        return result
    with (
        chdir(clone),
        check_out(clone, resolve_base(clone, "main")) as tree,
        tempfile.TemporaryDirectory() as scratch,
    ):
        base, head = (
            TreeSide(name=name, repository=clone, tree=path, text="main")
            for name, path in zip(SideName, (tree, clone), strict=True)
        )
        checked = check_sides(options, base, head, out=Path(scratch))
        if changes := find_changes(*checked):
            raise SystemExit(f"two checks of the same commit differ: {changes}")
        with opening_contenders(
            *checked,
            [VARIANT],
            console=Console(stderr=True),
            expected_s=LAUNCH_S * (launches - done),
        ) as contenders:
            for number in range(done, launches):
                add_launch(contenders, result, number=number)
                if number % SAVED_EVERY == 0 or number == launches - 1:
                    save_launches(folder, result)
    return result


def save_launches(folder: Path, measured: TimedSides) -> None:
    """Write launches, so that the measurement can be continued."""
    folder.mkdir(parents=True, exist_ok=True)
    measured.samples.to_csv(folder / "samples.csv.gz", index=False)
    starts = msgspec.json.encode(measured.starts)
    (folder / "starts.json").write_bytes(starts)


def read_launches(folder: Path) -> TimedSides:
    """Return the launches of a folder; none if it does not exist."""
    if not (folder / "starts.json").is_file():
        return TimedSides()
    samples = read_texts(folder / "samples.csv.gz", "void")
    starts = (folder / "starts.json").read_bytes()
    return TimedSides(
        samples=samples.astype(SAMPLES.dtypes),
        starts=msgspec.json.decode(starts, type=list[Start]),
    )


def resample_commits(measured: TimedSides, *, seed: int) -> list[CommitRow]:
    """Return commits from launches in random order; each launch is used once."""
    request = requested(variants=[VARIANT])
    known = np.unique(measured.samples["launch"])
    left = list(np.random.default_rng(seed).permutation(known))
    rows: list[CommitRow] = []
    while len(left) >= LOOKS[0]:
        for count in [each for each in LOOKS if each <= len(left)]:
            drawn = set(left[:count])
            samples = measured.samples[measured.samples["launch"].isin(drawn)]
            if is_measured(samples, request):
                break
        left = left[count:]
        starts = [each for each in measured.starts if each.launch in drawn]
        timings = judge_durations(samples, starts, request)
        rows.append(describe_drawn(timings, number=len(rows)))
    return rows


def describe_drawn(timings: list[SideTiming], *, number: int) -> CommitRow:
    """Return the row of a commit that consists of drawn launches."""
    result = PullRequestResult(
        subject=WORKLOAD,
        base="main",
        head="main",
        changes=list(list_duration_changes(timings)),
        timings=timings,
        notes=[],
        seconds=nan,
    )
    return describe_result(
        result,
        method=Method.RESAMPLED,
        number=number,
        is_slower=False,
        seconds=nan,
        load="",
    )


def format_summary(rows: pd.DataFrame) -> str:
    """Return false positives, misses and durations of each method."""
    return "\n".join(
        line
        for method, found in rows.groupby("method")
        for line in _list(method, found)
    )


def _list(method: str, rows: pd.DataFrame) -> Iterator[str]:
    same, slower = rows[~rows["is_slower"]], rows[rows["is_slower"]]
    yield f"{method}: {len(rows)} commits, {rows['launches'].mean():.1f} launches each"
    if len(same):
        undecided = same["verdict"] == str(SideVerdict.CANNOT_TELL)
        yield format_share(
            "  nothing changed: something reported", same["changes"] != ""
        )
        yield format_share("  nothing changed: cannot tell", undecided)
    if len(slower):
        found = slower["verdict"] == str(SideVerdict.SLOWER)
        yield format_share(f"  +{PLANTED:.0%}: found", found)
        yield f"{'  the same: median ratio':<58} {slower['ratio'].median():.3f}"
    size = f"{rows['detectable'].median():.1%}"
    yield f"{'  median minimum detectable effect':<58} {size}"
    if rows["seconds"].notna().any():
        seconds = (
            f"{rows['seconds'].median():.0f} s, at most {rows['seconds'].max():.0f} s"
        )
        yield f"{'  median duration of a commit':<58} {seconds}"


def read_rows(file: Path) -> pd.DataFrame:
    """Return the commits of a file; none if it does not exist."""
    if not file.is_file():
        return pd.DataFrame(columns=[each.name for each in fields(CommitRow)])
    return read_texts(file, "changes", "load")


def read_texts(file: Path, *columns: str) -> pd.DataFrame:
    """Return a table in which these columns have empty texts, not missing ones."""
    found = pd.read_csv(file, dtype=dict.fromkeys(columns, "str"))
    return found.fillna(dict.fromkeys(columns, ""))


def add_rows(file: Path, rows: Sequence[CommitRow]) -> None:
    """Append commits to a file."""
    added = pd.DataFrame([asdict(row) for row in rows])
    known = read_rows(file)
    pd.concat([known, added] if len(known) else [added]).to_csv(file, index=False)


def measure_missing(
    file: Path, clone: Path, *, wanted: dict[bool, int], budget: str
) -> None:
    """Measure whole runs until there are as many of each kind as wanted."""
    while True:
        rows = read_rows(file)
        whole = rows[rows["method"] == str(Method.WHOLE_RUNS)]
        left = {
            kind: count - int((whole["is_slower"] == kind).sum())
            for kind, count in wanted.items()
        }
        # The kind of which most are missing, so that both see the same machine.
        is_slower = max(left, key=lambda kind: left[kind])
        if left[is_slower] <= 0:
            return
        row = measure_commit(
            clone, number=len(whole), is_slower=is_slower, budget=budget
        )
        add_rows(file, [row])
        print(row, flush=True)


def main() -> None:
    """Append commits to a file and print their summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="CSV file that commits are appended to")
    parser.add_argument("--same", type=int, default=0, metavar="N")
    parser.add_argument("--slower", type=int, default=0, metavar="N")
    parser.add_argument("--budget", default="4min", metavar="TIME")
    parser.add_argument("--resample", type=int, default=0, metavar="LAUNCHES")
    parser.add_argument("--summary", action="store_true", help="print the summary only")
    options = parser.parse_args()
    file = options.file.absolute()
    if not options.summary:
        with tempfile.TemporaryDirectory() as temporary:
            clone = make_clone(Path(temporary).resolve())
            wanted = {False: options.same, True: options.slower}
            measure_missing(file, clone, wanted=wanted, budget=options.budget)
            if options.resample:
                run_git(clone, "checkout", "main")
                folder = file.with_suffix("")
                measured = measure_identical(clone, options.resample, folder=folder)
                rows = read_rows(file)
                rows = rows[rows["method"] != str(Method.RESAMPLED)]
                rows.to_csv(file, index=False)
                add_rows(file, resample_commits(measured, seed=0))
    here = machine()
    usable = here["processors usable"]
    print(f"{utc_now()[:10]}; {here['processor']}, {usable} usable;")
    print(f"{WORKLOAD} {VARIANT}, float32, 1 thread\n")
    print(format_summary(read_rows(file)))


if __name__ == "__main__":
    main()
