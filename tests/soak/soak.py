"""The harness's own false-alarm test: correct configurations that must all agree.

    python tests/soak/soak.py [--configurations N] [--seed S] [--out FILE] [--modes …]

Draws configurations (`drawing.py`), works out what each should compute, lets a worker
compute it, and judges as a run would. One JSON object a configuration is appended to
the file, so that a soak that was ended goes on where it stopped; what failed is tried
again. The exit code is 1 where anything was called a disagreement, or failed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

import drawing
from drawing import Configuration, configuration, variant
from threadpoolctl import threadpool_limits

from compare.agreement import judge
from compare.agreement.expectation import expectations
from compare.errors import CompareError
from compare.frameworks import frameworks
from compare.machine import installed, machine
from compare.workers import messages
from compare.workers.pool import WorkerPool
from compare.workers.process import CannotRunError

if TYPE_CHECKING:
    from compare.agreement.judge import Finding
    from compare.workers.process import Worker

ROOT = Path(__file__).parents[2]
STEPS = 3
OUT = Path(".soak/soak.jsonl")
CONFIGURATIONS = 10_000
PER_WORKER = {True: 10, False: 100}  # configurations, where it compiles or not
PROGRESS_S = 5.0


@dataclass(kw_only=True)
class Soak:
    """A soak under way."""

    seed: int
    out: Path
    folder: Path  # for images, compiled code and logs
    launcher: WorkerPool
    total: int
    done: int = 0
    alarms: int = 0
    failed: int = 0
    _began: float = field(default_factory=monotonic)
    _said: float = field(default_factory=monotonic)
    _lock: Lock = field(default_factory=Lock)

    def record(self, row: dict[str, Any]) -> None:
        """Append what came out of a configuration, and say how far the soak is."""
        with self._lock:
            with self.out.open("a") as file:
                file.write(json.dumps({"seed": self.seed, **row}) + "\n")
            self.done += 1
            self.alarms += row["status"] == "disagrees"
            self.failed += row["status"] == "failed"
            if monotonic() - self._said > PROGRESS_S or self.done == self.total:
                self._said = monotonic()
                pace = self.done / (monotonic() - self._began)
                print(
                    f"{self.done} of {self.total}, {pace:.1f} a second, "
                    f"{self.alarms} false alarms, {self.failed} failed",
                    flush=True,
                )


def soak(
    *, configurations: int, seed: int, out: Path, modes: list[str]
) -> list[dict[str, Any]]:
    """Check what is not yet in `out`; every row of this seed, numbers ascending."""
    folder = out.absolute().parent
    folder.mkdir(parents=True, exist_ok=True)
    drawing.stage_images(folder / "images")
    wanted = list(islice((n for n in count() if variant(n) in modes), configurations))
    with out.open("a+b") as file:
        if file.tell() and not out.read_bytes().endswith(b"\n"):
            file.write(b"\n")  # it was ended while it wrote
    before = rows(out, seed=seed)
    finished = {row["number"] for row in before if row["status"] != "failed"}
    groups: dict[str, list[int]] = defaultdict(list)
    for number in wanted:
        if number not in finished:
            groups[variant(number)].append(number)
    launcher = WorkerPool(
        frameworks=frameworks(), threads=1, device="cpu", logs=folder / "logs"
    )
    going = Soak(
        seed=seed,
        out=out,
        folder=folder,
        launcher=launcher,
        total=sum(map(len, groups.values())),
    )
    work = [chunk for numbers in groups.values() for chunk in chunks(numbers)]
    work.sort(key=lambda numbers: numbers[0])
    with threadpool_limits(1):  # two at a time already
        launcher.in_parallel(lambda numbers, cores: run(going, numbers, cores), work)
    asked = set(wanted)
    return [row for row in rows(out, seed=seed) if row["number"] in asked]


def chunks(numbers: list[int]) -> list[list[int]]:
    """The numbers of one variant, as many together as a worker is kept for."""
    size = PER_WORKER[variant(numbers[0]) in drawing.COMPILING]
    return [numbers[start : start + size] for start in range(0, len(numbers), size)]


def run(going: Soak, numbers: list[int], cores: list[int]) -> None:
    """Check configurations of one variant; a new worker only after a failure."""
    left = list(numbers)
    name = variant(left[0]).replace("/", "-")
    while left:
        log = f"{name}-{left[0]}"
        with going.launcher.start(
            name.split("-")[0], cores=cores, cache=going.folder / "cache", log=log
        ) as worker:
            worker.hello()
            while left:
                drawn = configuration(
                    going.seed, left.pop(0), folder=going.folder / "images"
                )
                row = checked(worker, drawn, folder=going.folder)
                going.record(row)
                if row["status"] == "failed":
                    break
            else:
                going.folder.joinpath("logs", f"{log}.log").unlink()


def checked(worker: Worker, drawn: Configuration, *, folder: Path) -> dict[str, Any]:
    """What came out of one configuration, as a row."""
    began = monotonic()
    row = {"code": code(), **drawn.asdict()}
    workload = drawn.build(folder / "images")
    prepare = messages.Prepare(
        workload=drawn.workload,
        config=drawn.staged(folder / "images"),
        mode=drawn.variant.split("/")[1],
        device="cpu",
        dtype=drawn.dtype,
    )
    with TemporaryDirectory(dir=folder) as scratch:
        try:
            expected = expectations(
                workload,
                dtype=drawn.dtype,
                steps=STEPS,
                folder=Path(scratch) / "expected",
            )
            worked_out = monotonic()
            worker.request(prepare, messages.Prepared)
            findings = judge.examine(
                worker,
                expected=expected,
                dtype=drawn.dtype,
                folder=Path(scratch) / "received",
            ).findings
        except CannotRunError as reason:
            return {**row, "status": "not run", "reason": str(reason)}
        except CompareError as error:
            return {**row, "status": "failed", "reason": f"{error}"}
    return {
        **row,
        **judged(findings),
        "expected_s": round(worked_out - began, 4),
        "seconds": round(monotonic() - began, 4),
    }


@cache
def code() -> str:
    """What was checked: a digest of the harness, both packages and the drawing."""
    digest = sha256()
    for part in ("compare", "impl_torch", "impl_tf", "tests/soak"):
        for path in sorted((ROOT / part).rglob("*.py")):
            if "report" not in path.parts:  # says what was found, finds nothing
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def judged(findings: list[Finding]) -> dict[str, Any]:
    """The verdicts on one configuration: its alarms, and how near to one it came."""
    compared = [f for f in findings if f.check != "determinism"]
    decided = [f for f in compared if f.verdict in {"agrees", "disagrees"}]
    alarms = [f for f in decided if not judge.agrees([f])]
    worst = max(decided, key=ratio, default=None)
    return {
        "status": "disagrees" if alarms else "agrees",
        "compared": len(compared),
        "undecided": len(compared) - len(decided),
        "repeats": all(f.verdict == "agrees" for f in findings if f not in compared),
        "worst": described(worst) if worst else None,
        "alarms": [described(f) for f in alarms],
    }


def ratio(finding: Finding) -> float:
    """Its error in tolerances; above 1 it is a disagreement."""
    if finding.max_abs_error == 0:
        return 0.0
    if finding.tolerance == 0:
        return float("inf")
    return finding.max_abs_error / finding.tolerance


def described(finding: Finding) -> dict[str, Any]:
    """A finding in short."""
    return {
        "check": finding.check,
        "step": finding.step,
        "quantity": finding.quantity,
        "error": finding.max_abs_error,
        "tolerance": finding.tolerance,
        "ratio": ratio(finding),
    }


def rows(out: Path, *, seed: int) -> list[dict[str, Any]]:
    """What a file holds of one seed; a last line that was cut short is left out."""
    if not out.exists():
        return []
    found = []
    for line in out.read_text().splitlines():
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    mine = {row["number"]: row for row in found if row["seed"] == seed}
    return [mine[number] for number in sorted(mine)]


def summary(found: list[dict[str, Any]]) -> str:
    """Counts, how near each dtype came to an alarm, and every alarm."""
    here = machine()
    told = ("processor", "processors usable", "Python", "numpy")
    versions = {name: installed(name) for name in ("torch", "tensorflow-cpu", "keras")}
    facts = {name: here[name] for name in told} | versions
    lines = [", ".join(f"{name} {value}" for name, value in facts.items())]
    lines += [f"{len(found)} configurations"]
    for digest, count_of in Counter(
        row.get("code", "earlier") for row in found
    ).items():
        lines.append(f"  of code {digest}: {count_of}")
    for key in ("variant", "dtype", "workload"):
        lines += ["", key.ljust(20) + " checked  alarms  failed  not run  a second"]
        for value in dict.fromkeys(sorted(row[key] for row in found)):
            mine = [row for row in found if row[key] == value]
            status = Counter(row["status"] for row in mine)
            took = sum(row.get("seconds", 0.0) for row in mine)
            checked = status["agrees"] + status["disagrees"]
            lines.append(
                f"{value:20} {checked:7}  {status['disagrees']:6}  "
                f"{status['failed']:6}  {status['not run']:7}  "
                f"{checked / took if took else 0:8.1f}"
            )
    lines += ["", "largest error in tolerances"]
    for dtype in dict.fromkeys(sorted(row["dtype"] for row in found)):
        worst = [r["worst"] for r in found if r["dtype"] == dtype and r.get("worst")]
        if worst:
            top = max(worst, key=lambda each: each["ratio"])
            lines.append(
                f"{dtype:20} {top['ratio']:.3g} "
                f"({top['check']} {top['step']} {top['quantity']})"
            )
    undecided = sum(row.get("undecided", 0) for row in found)
    compared = sum(row.get("compared", 0) for row in found)
    lines += ["", f"{undecided} of {compared} tensors undecided or diverged"]
    for row in found:
        where = f"{row['number']} {row['variant']} {row['dtype']} {row['workload']}"
        if row["status"] in {"failed", "not run"}:
            lines += ["", f"{row['status']}: {where} {row['config']}", row["reason"]]
        elif row["alarms"]:
            lines += ["", f"false alarm: {where} {row['config']}"]
            lines += [
                f"  {a['check']} {a['step']} {a['quantity']}: error {a['error']:.3g}, "
                f"tolerance {a['tolerance']:.3g}, ratio {a['ratio']:.3g}"
                for a in row["alarms"]
            ]
    return "\n".join(lines)


def main() -> int:
    """Soak, print what came out."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--configurations", type=int, default=CONFIGURATIONS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument(
        "--modes",
        nargs="+",
        default=list(drawing.VARIANTS),
        choices=drawing.VARIANTS,
        metavar="FRAMEWORK/MODE",
    )
    arguments = parser.parse_args()
    found = soak(**vars(arguments))
    print(summary(found))
    shutil.rmtree(arguments.out.absolute().parent / "cache", ignore_errors=True)
    sound = all(row["status"] in {"agrees", "not run"} for row in found)
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
