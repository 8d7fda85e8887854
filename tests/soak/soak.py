"""Soak test for false alarms: valid configurations, all of which must agree.

    python tests/soak/soak.py [--configurations N] [--seed S] [--out FILE] [--modes …]

Each configuration (`drawing.py`) and its probe are computed by the reference and by a
worker, and the results are compared as in a run. One JSON object per configuration is
appended to the file, so that an interrupted soak test continues where it stopped.
Failed configurations are repeated. The exit code is 1 if any configuration disagreed
or failed.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from functools import cache
from hashlib import sha256
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

import drawing
from drawing import Configuration, draw_configuration, variant_of
from rows import append_row, list_unfinished, read_rows, split_numbers
from threadpoolctl import threadpool_limits

from compare.agreement import examine, judge
from compare.errors import CompareError
from compare.frameworks import frameworks
from compare.machine import installed_version, machine
from compare.reference.expectation import expectations
from compare.runs.words import Inputs
from compare.workers import messages
from compare.workers.pool import WorkerPool
from compare.workers.process import CannotRunError

if TYPE_CHECKING:
    from compare.runs.rows import Finding
    from compare.workers.process import Worker

ROOT = Path(__file__).parents[2]
STEPS = 3
OUT = Path(".soak/soak.jsonl")
CONFIGURATIONS = 10_000
CONFIGURATIONS_PER_WORKER = {True: 10, False: 100}  # by whether the variant compiles
PROGRESS_S = 5.0


@dataclass(kw_only=True)
class Soak:
    """The state of a running soak test."""

    seed: int
    out: Path
    folder: Path  # for images, compiled code and logs
    launcher: WorkerPool
    total: int
    done: int = 0
    alarms: int = 0
    failed: int = 0
    _began: float = field(default_factory=monotonic)
    _printed: float = field(default_factory=monotonic)
    _lock: Lock = field(default_factory=Lock)

    def record(self, row: dict[str, Any]) -> None:
        """Append the result of a configuration, and print the progress."""
        with self._lock:
            append_row(self.out, {"seed": self.seed, **row})
            self.done += 1
            self.alarms += row["status"] == "disagrees"
            self.failed += row["status"] == "failed"
            if monotonic() - self._printed > PROGRESS_S or self.done == self.total:
                self._printed = monotonic()
                pace = self.done / (monotonic() - self._began)
                print(
                    f"{self.done} of {self.total}, {pace:.1f} per second, "
                    f"{self.alarms} false alarms, {self.failed} failed",
                    flush=True,
                )


def run_soak(
    *, configurations: int, seed: int, out: Path, modes: list[str]
) -> list[dict[str, Any]]:
    """Check the configurations that are not in `out`; return the rows of all of them.

    Rows are in the order of their numbers.
    """
    folder = out.absolute().parent
    folder.mkdir(parents=True, exist_ok=True)
    drawing.stage_images(folder / "images")
    requested = list(
        islice((n for n in count() if variant_of(n) in modes), configurations)
    )
    groups: dict[str, list[int]] = defaultdict(list)
    for number in list_unfinished(
        requested, out, seed=seed, has_failed=lambda row: row["status"] == "failed"
    ):
        groups[variant_of(number)].append(number)
    launcher = WorkerPool(
        frameworks=frameworks(), threads=1, device="cpu", logs=folder / "logs"
    )
    soak = Soak(
        seed=seed,
        out=out,
        folder=folder,
        launcher=launcher,
        total=sum(map(len, groups.values())),
    )
    work = [
        chunk for numbers in groups.values() for chunk in split_into_chunks(numbers)
    ]
    work.sort(key=lambda numbers: numbers[0])
    with threadpool_limits(1):  # several configurations run at a time
        launcher.in_parallel(
            lambda numbers, cores: check_configurations(soak, numbers, cores), work
        )
    numbers = set(requested)
    return [row for row in read_rows(out, seed=seed) if row["number"] in numbers]


def split_into_chunks(numbers: list[int]) -> list[list[int]]:
    """Return the numbers of one variant in chunks, one chunk per worker."""
    size = CONFIGURATIONS_PER_WORKER[variant_of(numbers[0]) in drawing.COMPILING]
    return split_numbers(numbers, size=size)


def check_configurations(soak: Soak, numbers: list[int], cores: list[int]) -> None:
    """Check configurations of one variant, with a new worker after a failure only."""
    left = list(numbers)
    name = variant_of(left[0]).replace("/", "-")
    while left:
        log = f"{name}-{left[0]}"
        with soak.launcher.start(
            name.split("-")[0], cores=cores, cache=soak.folder / "cache", log=log
        ) as worker:
            worker.hello()
            while left:
                drawn = draw_configuration(
                    soak.seed, left.pop(0), folder=soak.folder / "images"
                )
                row = check_configuration(worker, drawn, folder=soak.folder)
                soak.record(row)
                if row["status"] == "failed":
                    break
            else:
                soak.folder.joinpath("logs", f"{log}.log").unlink()


def check_configuration(
    worker: Worker, drawn: Configuration, *, folder: Path
) -> dict[str, Any]:
    """Compute and judge one configuration and its probe, and return a row."""
    began = monotonic()
    row = {"code": code_digest(), **drawn.asdict()}
    workload = drawn.build(folder / "images")
    parts: list[tuple[Any, str, Inputs]] = [(workload, drawn.dtype, Inputs.WORKLOAD)]
    if (probe := workload.probe()) is not None:
        parts.append((probe, "float64", Inputs.PROBE))
    findings: list[Finding] = []
    try:
        for part in parts:
            with TemporaryDirectory(dir=folder) as scratch:
                findings += check_part(worker, drawn, part, folder=Path(scratch))
    except CannotRunError as reason:
        return {**row, "status": "not run", "reason": str(reason)}
    except CompareError as error:
        return {**row, "status": "failed", "reason": f"{error}"}
    return {
        **row,
        **summarize_findings(findings),
        "seconds": round(monotonic() - began, 4),
    }


def check_part(
    worker: Worker, drawn: Configuration, part: tuple[Any, str, Inputs], *, folder: Path
) -> list[Finding]:
    """Return the findings on a workload in a dtype, with the drawn variant."""
    workload, dtype, inputs = part
    expected = expectations(
        workload, dtype=dtype, steps=STEPS, folder=folder / "expected", inputs=inputs
    )
    prepare = messages.Prepare(
        workload=drawn.workload,
        config=asdict(workload),
        mode=drawn.variant.split("/")[1],
        device="cpu",
        dtype=dtype,
    )
    worker.request(prepare, messages.Prepared)
    examined = examine.examine_session(
        worker, expected=expected, dtype=dtype, folder=folder / "received"
    )
    return examined.findings


@cache
def code_digest() -> str:
    """Return a digest of the checked code: harness, both packages and drawing."""
    digest = sha256()
    for part in ("compare", "impl_torch", "impl_tf", "tests/soak"):
        for path in sorted((ROOT / part).rglob("*.py")):
            if "report" not in path.parts:  # reports do not affect the result
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def summarize_findings(findings: list[Finding]) -> dict[str, Any]:
    """Return the status of one configuration, its alarms and its largest error."""
    compared = [f for f in findings if f.check != "determinism"]
    decided = [f for f in compared if f.verdict in {"agrees", "disagrees"}]
    alarms = [f for f in decided if not judge.agrees([f])]
    worst = max(decided, key=error_ratio, default=None)
    return {
        "status": "disagrees" if alarms else "agrees",
        "compared": len(compared),
        "undecided": len(compared) - len(decided),
        "repeats": all(f.verdict == "agrees" for f in findings if f not in compared),
        "worst": describe_finding(worst) if worst else None,
        "alarms": [describe_finding(f) for f in alarms],
    }


def error_ratio(finding: Finding) -> float:
    """Return the error divided by the tolerance; above 1 it is a disagreement."""
    if finding.max_abs_error == 0:
        return 0.0
    if finding.tolerance == 0:
        return float("inf")
    return finding.max_abs_error / finding.tolerance


def describe_finding(finding: Finding) -> dict[str, Any]:
    """Return the fields of a finding that are stored."""
    return {
        "inputs": finding.inputs,
        "check": finding.check,
        "step": finding.step,
        "quantity": finding.quantity,
        "error": finding.max_abs_error,
        "tolerance": finding.tolerance,
        "ratio": error_ratio(finding),
    }


def format_summary(found: list[dict[str, Any]]) -> str:
    """Return counts, the largest error of each dtype, and every alarm."""
    here = machine()
    names = ("processor", "processors usable", "Python", "numpy")
    versions = {
        name: installed_version(name) for name in ("torch", "tensorflow-cpu", "keras")
    }
    facts = {name: here[name] for name in names} | versions
    lines = [", ".join(f"{name} {value}" for name, value in facts.items())]
    lines += [f"{len(found)} configurations"]
    for digest, count_of in Counter(
        row.get("code", "earlier") for row in found
    ).items():
        lines.append(f"  of code {digest}: {count_of}")
    for key in ("variant", "dtype", "workload"):
        lines += ["", key.ljust(20) + " checked  alarms  failed  not run  per second"]
        for value in dict.fromkeys(sorted(row[key] for row in found)):
            mine = [row for row in found if row[key] == value]
            status = Counter(row["status"] for row in mine)
            took = sum(row.get("seconds", 0.0) for row in mine)
            checked = status["agrees"] + status["disagrees"]
            lines.append(
                f"{value:20} {checked:7}  {status['disagrees']:6}  "
                f"{status['failed']:6}  {status['not run']:7}  "
                f"{checked / took if took else 0:10.1f}"
            )
    lines += ["", "largest error, in units of the tolerance"]
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
    """Run the soak test and print its summary."""
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
    found = run_soak(**vars(arguments))
    print(format_summary(found))
    shutil.rmtree(arguments.out.absolute().parent / "cache", ignore_errors=True)
    passed = all(row["status"] in {"agrees", "not run"} for row in found)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
