"""Export random nets in every format, and check what each file computes.

    python -m tests.soak.net_exports [--nets N] [--seed S] [--out FILE]

The nets are those of `tests.soak.nets`, one in 20; they are trained and exported as
``graph-compare deploy`` does, in float32. One JSON object per net is appended to the
file, so that an interrupted run continues where it stopped. A file that disagrees is
reduced to the smallest net whose file still does.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from io import StringIO
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from rich.console import Console

from compare.api import plan_run
from compare.deploy.rows import DeployRow, ExportStatus, OtherSize
from compare.deploy.run import ModelDeployment
from compare.errors import CompareError
from compare.frameworks import frameworks
from compare.machine import available_cores
from compare.pipeline.request import RunOptions, build_request
from compare.pipeline.scratch_run import open_scratch_run
from compare.runs.progress import Reporter
from compare.runs.record import WorkloadRequest
from compare.runs.words import Verdict
from compare.workers.process import CannotRunError
from tests.soak.nets import NETS
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
    from collections.abc import Sequence
    from multiprocessing.queues import Queue

    from compare.runs.record import RunRecord

OUT = Path(".soak/net_exports.jsonl")
WHOLE_NET = "model"  # in place of a file: no framework was tried
EVERY = 20  # one of how many nets is exported
IN_CHUNK = 5  # nets whose workers are forked from the same processes
SLOW, EVERY_SLOW = "torch/aotinductor", 200  # it takes half a minute for a net


def choose_forms(number: int) -> list[str]:
    """Return ``framework/format`` for the net of this number."""
    forms = [
        f"{name}/{form.name}"
        for name, framework in frameworks().items()
        for form in framework.exports
    ]
    return [form for form in forms if form != SLOW or number % EVERY_SLOW == 0]


def plan_nets(nets: Sequence[DrawnNet], names: Sequence[str]) -> RunRecord:
    """Return a record with eager variants of frameworks; it is not written."""
    variants = tuple(f"{name}/eager" for name in names)
    options = RunOptions(workloads=("net",), variants=variants)
    request = build_request(options, timed=False)
    request.workloads = [
        WorkloadRequest(label=f"net-{place}", name="net", config=asdict(drawn.net))
        for place, drawn in enumerate(nets)
    ]
    return plan_run(request)


def export_nets(
    nets: Sequence[DrawnNet], forms: Sequence[Sequence[str]]
) -> list[dict[str, Any]]:
    """Return the status of every format of each net."""
    names = {form.partition("/")[0] for each in forms for form in each}
    record = plan_nets(nets, sorted(names))
    silent = Console(file=StringIO())
    reporter = Reporter(console=silent, expected_s=60, record=record)
    found: list[dict[str, Any]] = [{} for _ in nets]
    with reporter, open_scratch_run(record, reporter=reporter) as context:
        for cell in record.cells:
            place = int(cell.workload.removeprefix("net-"))
            deployment = ModelDeployment(context=context, cell=cell)
            found[place] |= export_net(deployment, forms[place])
    return found


def export_net(deployment: ModelDeployment, forms: Sequence[str]) -> dict[str, Any]:
    """Return the status of the chosen formats of one framework's model."""
    framework = deployment.framework
    rows = {
        form.name: deployment.make_row(form)
        for form in framework.exports
        if f"{framework.name}/{form.name}" in forms
    }
    deployment.fill_rows(rows)
    return {f"{framework.name}/{name}": summarize_row(rows[name]) for name in rows}


def summarize_row(row: DeployRow) -> dict[str, Any]:
    """Return the status of a file, and where it disagrees."""
    if row.verdict is None:
        return {"status": str(row.export), "reason": row.reason}
    if row.verdict is Verdict.AGREES and row.other_size is not OtherSize.DISAGREES:
        return {"status": "agrees", "half batch": str(row.other_size)}
    return {
        "status": "disagrees",
        "verdict": str(row.verdict),
        "half batch": str(row.other_size),
        "error": row.error,
        "tolerance": row.tolerance,
        "node": row.location.node if row.location else "",
    }


def export_numbers(seed: int, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """Return the rows of these nets."""
    began = monotonic()
    nets = [draw_net(seed, number) for number in numbers]
    try:
        found = export_nets(nets, [choose_forms(number) for number in numbers])
    except (CannotRunError, CompareError) as error:
        reason = {"status": str(ExportStatus.FAILED), "reason": str(error)}
        found = [{WHOLE_NET: reason} for _ in nets]
    seconds = (monotonic() - began) / len(nets)
    return [
        {"seed": seed, "number": number, "forms": each, "seconds": round(seconds, 3)}
        for number, each in zip(numbers, found, strict=True)
    ]


def reduce_export(seed: int, number: int, form: str) -> DrawnNet:
    """Return the smallest net whose file of this format still disagrees."""

    def fails(drawn: DrawnNet) -> bool:
        (found,) = export_nets([drawn], [[form]])
        return bool(found[form]["status"] == "disagrees")

    return reduce_net(draw_net(seed, number), fails)


def take_core(cores: Queue[int]) -> None:
    """Let this process, and what it starts, use one processor."""
    os.sched_setaffinity(0, [cores.get()])


def run_exports(*, nets: int, seed: int, out: Path) -> int:
    """Export the nets that have no result in `out`, and print a summary.

    Returns:
        How many files disagreed, failed or could not be written.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    numbers = range(0, nets, EVERY)
    todo = list_unfinished(numbers, out, seed=seed, has_failed=list_failures)
    chunks = split_numbers(todo, size=IN_CHUNK)
    new = multiprocessing.get_context("spawn")
    cores = new.Queue()
    for core in available_cores():
        cores.put(core)
    with ProcessPoolExecutor(
        max_workers=len(available_cores()),
        mp_context=new,
        initializer=take_core,
        initargs=(cores,),
    ) as executor:
        for number, rows in enumerate(
            executor.map(export_numbers, [seed] * len(chunks), chunks), start=1
        ):
            for row in rows:
                append_row(out, row)
            print(f"{number} of {len(chunks)} groups of nets", flush=True)
    rows = [row for row in read_rows(out, seed=seed) if row["number"] < nets]
    return summarize_exports(rows, seed=seed)


def summarize_exports(rows: Sequence[dict[str, Any]], *, seed: int) -> int:
    """Print counts, every disagreement, reduced, and every failure.

    Returns:
        How many disagreements and failures there are.
    """
    seconds = sum(row["seconds"] for row in rows)
    print(f"{len(rows)} nets exported, {seconds:.0f} s of one core")
    print_statuses(rows, "forms")
    alarms = [
        (row, form)
        for row in rows
        for form, found in row["forms"].items()
        if found["status"] == "disagrees"
    ]
    for row, form in alarms:
        print(f"\nnet {row['number']}, {form}: {row['forms'][form]}")
        smallest = reduce_export(seed, row["number"], form)
        print(f"  {smallest.deploy_command(form.partition('/')[0])}")
    failures = [(row, name) for row in rows for name in list_failures(row)]
    for row, name in failures:
        print(f"\nnet {row['number']}, {name}: {row['forms'][name]['reason']}")
        framework = "" if name == WHOLE_NET else name.partition("/")[0]
        print(f"  {draw_net(seed, row['number']).deploy_command(framework)}")
    return len(alarms) + len(failures)


def list_failures(row: dict[str, Any]) -> list[str]:
    """Return the files of a net that failed, or `WHOLE_NET`."""
    failed = str(ExportStatus.FAILED)
    return [name for name, each in row["forms"].items() if each["status"] == failed]


def main() -> int:
    """Run, and return 1 if any file disagreed or failed."""
    given = read_options(__doc__, nets=NETS, out=OUT)
    return int(run_exports(nets=given.nets, seed=given.seed, out=given.out) > 0)


if __name__ == "__main__":
    sys.exit(main())
