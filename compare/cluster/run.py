"""Execute a run on a cluster: connect, plan, dispatch the workloads, merge them."""

from __future__ import annotations

from collections import deque
from contextlib import ExitStack, contextmanager
from shlex import quote
from typing import TYPE_CHECKING

import msgspec

from compare.cluster.dask import connect_cluster
from compare.cluster.dispatch import Dispatch
from compare.cluster.machines import list_earlier_machines, require_equal_versions
from compare.cluster.merge import PartResult, list_open_workloads, merge_part
from compare.cluster.transfer import make_part, receive_part
from compare.errors import CompareError, RunError
from compare.pipeline.estimate import estimate_run_s, require_affordable
from compare.pipeline.plan import choose_baseline
from compare.runs.folder import discard_empty_run
from compare.runs.record import Note
from compare.runs.store import drop_unfinished_rows, read_stored, save_record
from compare.runs.tables import SAMPLES
from compare.runs.words import NoteKind
from compare.scratch import open_scratch
from compare.wording import format_count, join_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from compare.cluster.dask import DaskCluster
    from compare.cluster.dispatch import Arrival, Cluster
    from compare.runs.progress import Reporter
    from compare.runs.record import RunRecord


def execute_on_cluster(
    folder: Path, record: RunRecord, *, reporter: Reporter
) -> pd.DataFrame:
    """Execute what is left of a run on a cluster, and store each result.

    Args:
        folder: of the run.
        record: of the run; it is updated and written to the folder.
        reporter: shows the progress.

    Returns:
        The samples of all launches.

    Raises:
        CompareError: the cluster cannot be used, or a workload has no result. Earlier
            results are kept.
    """
    reporter.phase("connect")
    address = record.request.cluster
    reporter.advance(f"connecting to {address}")
    drop_unfinished_rows(folder, record)
    with ExitStack() as stack:
        with discarding_new_run(folder, record):
            connecting = connect_cluster(address, show=reporter.print_line)
            cluster = stack.enter_context(connecting)
            prepare_record(record, cluster)
        reporter.phase("workloads")
        save_record(folder, record)
        run_workloads(folder, record, cluster=cluster, reporter=reporter)
    record.finished = True
    save_record(folder, record)
    return read_stored(folder, record, SAMPLES)


@contextmanager
def discarding_new_run(folder: Path, record: RunRecord) -> Iterator[None]:
    """Remove the folder of a new run if it cannot be started; keep a resumed run."""
    is_new = not record.phases
    try:
        yield
    except CompareError:
        if is_new:
            discard_empty_run(folder)
        raise


def prepare_record(record: RunRecord, cluster: DaskCluster) -> None:
    """Check the machines, and plan a new run on one of them.

    The process that starts a run may have no framework.

    Raises:
        UsageError: the machines cannot work on one run, or a budget is too small.
    """
    force = record.request.force
    machines = cluster.wait_for_machines()
    differences = require_equal_versions(
        [*list_earlier_machines(record), *machines], force=force
    )
    if not force:
        cluster.accept_only(machines[0].versions)
    note = Note(kind=NoteKind.MACHINES_DIFFER, reason="; ".join(differences))
    if differences and note not in record.notes:
        record.notes.append(note)
    if not record.machines:
        record.cells = cluster.plan(record.request)
        record.baseline = choose_baseline(record.cells)
        require_affordable(record)


def run_workloads(
    folder: Path, record: RunRecord, *, cluster: Cluster, reporter: Reporter
) -> None:
    """Run every workload that has no results yet, and merge each when it comes back.

    A workload that fails leaves the others their results.

    Raises:
        RunError: a workload has no results; the message names each with the reason.
    """
    labels, count = list_open_workloads(record), len(record.request.workloads)
    parts = {label: make_part(record, label=label) for label in labels}
    share_s = estimate_run_s(record) / max(1, count)
    dispatch = Dispatch(
        cluster=cluster,
        pending=deque(labels),
        encode=lambda label: msgspec.msgpack.encode(parts[label]),
        is_exclusive=bool(record.request.launches),
        show=reporter.print_line,
        advance=reporter.advance,
    )
    failures: dict[str, str] = {}
    for arrival in dispatch.list_arrivals():
        try:
            store_arrival(folder, record, arrival, sent=parts[arrival.label])
            ended = f"done on {arrival.machine}"
        except RunError as error:
            failures[arrival.label] = f"on {arrival.machine}: {error}"
            ended = f"failed on {arrival.machine}"
        left = len(list_open_workloads(record))
        reporter.print_line(f"{arrival.label}: {ended}; {count - left} of {count} done")
        reporter.advance(dispatch.describe_running(), expected_s=share_s)
    require_complete(record, failures, folder=folder)


def store_arrival(
    folder: Path, record: RunRecord, arrival: Arrival, *, sent: RunRecord
) -> None:
    """Check what came back from a machine, and merge it into the run.

    Raises:
        RunError: the part failed, or something else than its results came back.
    """
    if arrival.error:
        raise RunError(arrival.error)
    with open_scratch() as scratch:
        received, frames = receive_part(arrival.reply, sent=sent, folder=scratch)
        part = PartResult(
            label=arrival.label,
            machine=arrival.machine,
            record=received,
            frames=frames,
            folder=scratch,
        )
        merge_part(folder, record, part)


def require_complete(
    record: RunRecord, failures: dict[str, str], *, folder: Path
) -> None:
    """Raise if a workload has no results.

    Raises:
        RunError: one has none.
    """
    left = list_open_workloads(record)
    if not left:
        return
    reasons = "".join(f"\n  {label} {why}" for label, why in failures.items())
    lost = [label for label in left if label not in failures]
    reasons += f"\n  {join_words(lost)}: no worker is left" if lost else ""
    raise RunError(
        f"{format_count(len(left), 'workload')} of {len(record.request.workloads)} "
        f"without results; those of the others are kept:{reasons}\nCorrect that and "
        f"continue with: graph-compare run --resume {quote(str(folder))}"
    )
