"""Run asv on two commits of the same code, with its rounds interleaved.

asv compares commits, so a temporary repository has two empty ones. ``asv run``
alternates between them round by round, each round in a new process, and ``asv compare``
tests the samples (Mann-Whitney, p below 0.002).

asv stores results only for commits that it installed itself, or that it was given with
``--set-commit-hash``. Here the plugin in ``asv_environment`` counts as an installation,
so results are stored, and with ``--record-samples`` also the samples.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

SUITE = Path(__file__).with_name("asv_suite")
MACHINE = "here"
# asv compare also has a threshold: by default, a difference below 10% is not reported.
# Here the statistical test alone decides, as it does for the other tools.
FACTOR = 1.0
CONFIGURATION = {
    "version": 1,
    "project": "step",
    "repo": "repository",
    "dvcs": "git",
    "branches": ["HEAD"],
    "benchmark_dir": str(SUITE),
    "results_dir": "results",
    "env_dir": "environments",
    "environment_type": "same-code",
    "pythons": ["3"],
    "plugins": [".tests.benchmarks.others.asv_environment"],
}
IDENTITY = ["-c", "user.name=asv", "-c", "user.email=asv@example.invalid"]
IDENTITY += ["-c", "commit.gpgsign=false"]


def write_project(folder: Path) -> list[str]:
    """Write the configuration and a repository; return its two commits in order."""
    (folder / "asv.conf.json").write_text(json.dumps(CONFIGURATION))
    facts = dict.fromkeys(["os", "arch", "cpu", "num_cpu", "ram"], "")
    described = {"version": 1, MACHINE: {"machine": MACHINE, **facts}}
    (folder / ".asv-machine.json").write_text(json.dumps(described))
    repository = folder / "repository"
    git("init", "--quiet", str(repository), at=folder)
    for message in ("first", "second"):
        commit = ["commit", "--quiet", "--allow-empty", f"--message={message}"]
        git(*IDENTITY, *commit, at=repository)
    commits = git("log", "--reverse", "--format=%H", at=repository)
    (folder / "commits").write_text(commits)
    return commits.split()


def git(*arguments: str, at: Path) -> str:
    """Return the output of git."""
    done = subprocess.run(
        ["git", *arguments], cwd=at, capture_output=True, text=True, check=True
    )
    return done.stdout


def run_options(*, rounds: int) -> list[str]:
    """Return the command that times both commits, but for the interpreter."""
    return [
        *("-m", "asv", "run", "HASHFILE:commits", f"--machine={MACHINE}"),
        *("--interleave-rounds", "--record-samples", "--launch-method=spawn"),
        *("--show-stderr", f"--attribute=rounds={rounds}"),
    ]


def compare_options(commits: list[str]) -> list[str]:
    """Return the command that compares both commits, but for the interpreter."""
    options = [f"--machine={MACHINE}", f"--factor={FACTOR}"]
    return ["-m", "asv", "compare", *commits, *options]


def read_samples(folder: Path, *, commit: str) -> list[float]:
    """Return the samples of a commit, in seconds, from the results of a run.

    A result is a list; ``result_columns`` names its entries. Missing entries at its end
    are left out.

    Raises:
        ValueError: There is not one result, or it has no samples.
    """
    files = list((folder / "results" / MACHINE).glob(f"{commit[:8]}-*.json"))
    if len(files) != 1:
        raise ValueError(f"expected one result of {commit[:8]}; received {len(files)}")
    stored = json.loads(files[0].read_text())
    (values,) = stored["results"].values()
    named = dict(zip(stored["result_columns"], values, strict=False))
    if not named.get("samples") or not named["samples"][0]:
        raise ValueError(f"expected samples of {commit[:8]}; received {named}")
    return named["samples"][0]


def claims_difference(printed: str) -> bool:
    """Return whether ``asv compare`` marked the benchmark as faster or slower.

    Raises:
        ValueError: The table does not have one benchmark, or it was not compared.
    """
    rows = [line for line in printed.splitlines() if "time_step" in line]
    marks = [row.split("|")[1].strip() for row in rows]
    if len(marks) != 1 or marks[0] not in {"", "+", "-"}:
        raise ValueError(f"expected one comparison; received {printed!r}")
    return marks[0] != ""
