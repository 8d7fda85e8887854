"""Check random nets in every mode; reduce those that disagree.

    python -m tests.soak.nets [--nets N] [--seed S] [--out FILE]

Each net is trained for two steps in every mode of both frameworks, and compared with an
eager float64 session as in a run. One JSON object per net is appended to the file, so
that an interrupted run continues where it stopped. A net that disagrees is reduced to
the smallest one that still does, and the command that shows it is printed.

Modes with a compiler of C++ take half a minute for a net: they check one net in 50.
"""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from compare.agreement import examine, judge
from compare.agreement.session_reference import compute_expectations
from compare.errors import CompareError
from compare.frameworks import frameworks
from compare.workers import messages
from compare.workers.forking import CAN_FORK, ForkServers
from compare.workers.pool import WorkerPool
from compare.workers.process import CannotRunError
from tests.soak.random_nets import DrawnNet, draw_net, reduce_net
from tests.soak.rows import (
    append_row,
    list_unfinished,
    print_statuses,
    read_options,
    read_rows,
    split_numbers,
)

if TYPE_CHECKING:
    from compare.reference.expectation import Expected
    from compare.runs.rows import Finding
    from compare.workers.process import Worker

NETS, STEPS = 2_000, 2
OUT = Path(".soak/nets.jsonl")
IN_CHUNK = 10  # nets that are checked with the same workers
# The modes, and one of how many nets each checks.
MODES = {
    "torch": {
        "eager": 1,
        "trace": 1,
        "script": 2,
        "compile": 50,
        "compile-dynamic": 50,
        "compile-step": 50,
    },
    "tf": {
        "eager": 1,
        "function": 1,
        "xla": 2,
        "function-relaxed": 10,
        "graph": 2,
        "keras-eager": 10,
        "keras": 10,
        "keras-xla": 20,
    },
    "jax": {"eager": 50, "jit": 10, "jit-donate": 20},
}


@dataclass(kw_only=True)
class NetSoak:
    """A run in progress: where workers start, and what is counted."""

    pool: WorkerPool
    folder: Path
    out: Path
    seed: int
    total: int
    counts: Counter[str] = field(default_factory=Counter)
    began: float = field(default_factory=monotonic)
    lock: Lock = field(default_factory=Lock)

    def record(self, row: dict[str, Any]) -> None:
        """Append the row of a net, and print the progress."""
        with self.lock:
            append_row(self.out, {"seed": self.seed, **row})
            self.counts["nets"] += 1
            self.counts.update(each["status"] for each in row["modes"].values())
            if self.counts["nets"] % 20 == 0 or self.counts["nets"] == self.total:
                pace = self.counts["nets"] / (monotonic() - self.began)
                print(
                    f"{self.counts['nets']} of {self.total}, {60 * pace:.0f} a minute; "
                    f"{dict(self.counts)}",
                    flush=True,
                )


def choose_modes(framework: str, number: int) -> list[str]:
    """Return the modes that check the net of this number."""
    return [mode for mode, every in MODES[framework].items() if number % every == 0]


def check_numbers(soak: NetSoak, numbers: list[int], cores: list[int]) -> None:
    """Check nets with one worker per framework; a failed one is replaced."""
    left = list(numbers)
    while left:
        with ExitStack() as stack:
            workers = {
                name: stack.enter_context(
                    soak.pool.start(
                        name,
                        cores=cores,
                        cache=soak.folder / "cache",
                        log=f"{name}-{left[0]}",
                    )
                )
                for name in MODES
            }
            for worker in workers.values():
                worker.hello()
            while left:
                number = left.pop(0)
                drawn = draw_net(soak.seed, number)
                modes = {name: choose_modes(name, number) for name in MODES}
                row = check_net(workers, drawn, modes=modes)
                soak.record({"number": number, **row})
                if list_failures(row):
                    break


def list_failures(row: dict[str, Any]) -> list[str]:
    """Return the variants of a net without a result, or ``reference``.

    Their worker cannot be used again, and the net is checked again on resume.
    """
    failed = {"failed", "no reference"}
    return [name for name, each in row["modes"].items() if each["status"] in failed]


def check_net(
    workers: dict[str, Worker], drawn: DrawnNet, *, modes: dict[str, list[str]]
) -> dict[str, Any]:
    """Return the row of a net: the status of each mode, and its worst tensor."""
    began, found = monotonic(), {}
    with TemporaryDirectory() as scratch:
        try:
            first = next(iter(MODES))
            expected = expect_net(workers[first], drawn, folder=Path(scratch))
        except (CannotRunError, CompareError) as error:
            reason = str(error)
            found["reference"] = {"status": "no reference", "reason": reason}
        else:
            for name, chosen in modes.items():
                for mode in chosen:
                    folder = Path(scratch) / f"{name}-{mode}"
                    found[f"{name}/{mode}"] = check_mode(
                        workers[name], drawn, mode, expected=expected, folder=folder
                    )
    took = round(monotonic() - began, 3)
    return {**drawn.asdict(), "modes": found, "seconds": took}


def expect_net(worker: Worker, drawn: DrawnNet, *, folder: Path) -> list[Expected]:
    """Return what an eager float64 session computes, with tolerances."""
    prepare(worker, drawn, mode="eager", dtype="float64")
    return compute_expectations(
        worker, dtype=drawn.dtype, steps=STEPS, folder=folder / "expected"
    )


def prepare(worker: Worker, drawn: DrawnNet, *, mode: str, dtype: Any) -> None:
    request = messages.Prepare(
        workload="net", config=asdict(drawn.net), mode=mode, device="cpu", dtype=dtype
    )
    worker.request(request, messages.Prepared)


def check_mode(
    worker: Worker,
    drawn: DrawnNet,
    mode: str,
    *,
    expected: list[Expected],
    folder: Path,
) -> dict[str, Any]:
    """Return the status of one mode."""
    try:
        prepare(worker, drawn, mode=mode, dtype=drawn.dtype)
        examined = examine.examine_session(
            worker, expected=expected, dtype=drawn.dtype, folder=folder
        )
    except CannotRunError as reason:
        return {"status": "not run", "reason": str(reason)}
    except CompareError as error:
        return {"status": "failed", "reason": str(error)}
    return summarize(examined.findings)


def summarize(findings: list[Finding]) -> dict[str, Any]:
    """Return the status of findings and the first tensor that disagrees."""
    first = next((each for each in findings if not judge.agrees([each])), None)
    if first is None:
        return {"status": "agrees"}
    return {
        "status": "disagrees",
        "first": f"{first.check} {first.step} {first.quantity}",
        "error": first.max_abs_error,
        "tolerance": first.tolerance,
    }


def reduce_row(soak: NetSoak, row: dict[str, Any], variant: str) -> DrawnNet:
    """Return the smallest net that a variant still disagrees about."""
    name, mode = variant.split("/")
    modes = {each: [mode] if each == name else [] for each in MODES}

    def fails(drawn: DrawnNet) -> bool:
        with ExitStack() as stack:
            workers = {
                each: stack.enter_context(
                    soak.pool.start(
                        each,
                        cores=soak.pool.measured_cores,
                        cache=soak.folder / "cache",
                        log=f"reduce-{each}",
                    )
                )
                for each in dict.fromkeys([next(iter(MODES)), name])
            }
            for worker in workers.values():
                worker.hello()
            found = check_net(workers, drawn, modes=modes)["modes"]
            return bool(found.get(variant, {}).get("status") == "disagrees")

    return reduce_net(draw_net(soak.seed, row["number"]), fails)


def run_nets(*, nets: int, seed: int, out: Path) -> int:
    """Check the nets that have no result in `out`, and print a summary.

    Returns:
        How many checks disagreed or failed.
    """
    folder = out.absolute().parent
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    todo = list_unfinished(range(nets), out, seed=seed, has_failed=list_failures)
    with ExitStack() as stack:
        servers = None
        if CAN_FORK:
            servers = stack.enter_context(
                ForkServers(
                    list(frameworks().values()),
                    threads=1,
                    logs=folder / "logs",
                    time_limit_s=300.0,
                )
            )
        pool = WorkerPool(
            frameworks=frameworks(),
            threads=1,
            device="cpu",
            logs=folder / "logs",
            servers=servers,
        )
        soak = NetSoak(pool=pool, folder=folder, out=out, seed=seed, total=len(todo))
        chunks = split_numbers(todo, size=IN_CHUNK)
        pool.in_parallel(lambda each, cores: check_numbers(soak, each, cores), chunks)
        rows = [row for row in read_rows(out, seed=seed) if row["number"] < nets]
        return summarize_rows(soak, rows)


def summarize_rows(soak: NetSoak, rows: list[dict[str, Any]]) -> int:
    """Print counts, every disagreement, reduced, and every failure.

    Returns:
        How many disagreements and failures there are.
    """
    print(f"{len(rows)} nets, {sum(row['seconds'] for row in rows):.0f} s of one core")
    print_statuses(rows, "modes")
    alarms = [
        (row, variant)
        for row in rows
        for variant, found in row["modes"].items()
        if found["status"] == "disagrees"
    ]
    for row, variant in alarms:
        found = row["modes"][variant]
        print(
            f"\nnet {row['number']}, {variant}: {found['first']}, error "
            f"{found['error']:.3g}, tolerance {found['tolerance']:.3g}"
        )
        print(f"  {reduce_row(soak, row, variant).command} -v {variant}")
    failures = [(row, variant) for row in rows for variant in list_failures(row)]
    for row, variant in failures:
        print(f"\nnet {row['number']}, {variant}: {row['modes'][variant]['reason']}")
        chosen = "" if variant == "reference" else f" -v {variant}"
        print(f"  {draw_net(soak.seed, row['number']).command}{chosen}")
    return len(alarms) + len(failures)


def main() -> int:
    """Run, and return 1 if any net disagreed or could not be checked."""
    given = read_options(__doc__, nets=NETS, out=OUT)
    return int(run_nets(nets=given.nets, seed=given.seed, out=given.out) > 0)


if __name__ == "__main__":
    sys.exit(main())
