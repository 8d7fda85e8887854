"""What is sent to a machine, and what comes back: bytes, checked on arrival.

Dask itself unpickles what its workers send. The results are bytes inside of that: they
are decoded as data with fixed types, and read by the readers of run folders.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import msgspec

from compare.errors import RunError
from compare.files import MAX_BYTES, read_file
from compare.runs.folder import read_record
from compare.runs.lock import LOCK_FILE
from compare.runs.record import RunRecord
from compare.runs.store import DERIVED, read_stored
from compare.runs.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from compare.runs.tables import TableSpec

Frames = dict["TableSpec[Any]", "pd.DataFrame"]


class PartReply(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a task returns: the files of its run folder, or why it has none."""

    files: dict[str, bytes] = {}
    error: str = ""


def make_part(record: RunRecord, *, label: str) -> RunRecord:
    """Return the record of a part: a new run of one workload on one machine.

    A budget is machine time. Every workload has the same share of it.
    """
    request, count = record.request, len(record.request.workloads)
    own = msgspec.structs.replace(
        request,
        workloads=[each for each in request.workloads if each.label == label],
        budget_s=None if request.budget_s is None else request.budget_s / count,
        cluster="",
        force=False,
    )
    cells = [each for each in record.cells if each.workload == label]
    return RunRecord(
        run_id=record.run_id,
        created=record.created,
        request=own,
        baseline=record.baseline,
        # A copy: the part changes its cells.
        cells=[msgspec.structs.replace(each) for each in cells],
    )


def collect_files(folder: Path) -> dict[str, bytes]:
    """Return the files of a run folder by their paths, without what can be computed.

    Raises:
        RunError: they are too large to be sent.
    """
    left_out = {LOCK_FILE, *(table.file for table in DERIVED)}
    files: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not path.is_symlink() and name not in left_out:
            files[name] = read_file(path)
    require_sendable(files)
    return files


def require_sendable(files: Mapping[str, bytes]) -> None:
    """Raise if files are too large, or if a name is no path inside a folder.

    Raises:
        RunError: they are, or it is none.
    """
    size = sum(map(len, files.values()))
    if size > MAX_BYTES:
        raise RunError(
            f"expected at most {MAX_BYTES:,} bytes of results of a workload; "
            f"received {size:,}"
        )
    for name in files:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not name.isprintable():
            raise RunError(f"expected files of a run folder; received {name!r}")


def receive_part(
    reply: bytes, *, sent: RunRecord, folder: Path
) -> tuple[RunRecord, Frames]:
    """Write the files of a part into a folder, and return its record and tables.

    Args:
        reply: of the task, an encoded `PartReply`.
        sent: the record of the part as it was sent.
        folder: a temporary folder of this part.

    Raises:
        RunError: the part failed, or something else than its results came back.
    """
    try:
        decoded = msgspec.msgpack.decode(reply, type=PartReply)
    except msgspec.MsgspecError as error:
        raise RunError(f"a damaged reply came back: {error}") from error
    if decoded.error:
        raise RunError(decoded.error)
    require_sendable(decoded.files)
    store_received(folder, decoded.files)
    record = read_record(folder)
    require_results_of(record, sent=sent)
    return record, read_frames(folder, record)


def store_received(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write received files into a folder.

    Raises:
        RunError: a file cannot be written, for example because of its name.
    """
    for name, content in files.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            text = f"{name[:50]!r} cannot be stored: {error.strerror}"
            raise RunError(text) from error


def require_results_of(record: RunRecord, *, sent: RunRecord) -> None:
    """Raise if a record is not that of a finished part.

    Raises:
        RunError: it is not; the message names what differs.
    """
    if record.request != sent.request or record.baseline != sent.baseline:
        raise RunError("expected results of the request that was sent; received others")
    wanted, received = (
        [each.key_values for each in some.cells] for some in (sent, record)
    )
    if wanted != received:
        raise RunError("expected the cells that were sent; received others")
    if not record.finished:
        raise RunError("expected a finished workload; received one that was stopped")


def read_frames(folder: Path, record: RunRecord) -> Frames:
    """Return the stored tables of a part.

    Raises:
        RunError: a table is damaged, or has rows of another workload.
    """
    frames = {
        table: read_stored(folder, record, table)
        for table in TABLES
        if table not in DERIVED
    }
    labels = {each.label for each in record.request.workloads}
    for table, frame in frames.items():
        others = {*frame["workload"].astype(str)} - labels
        if others:
            raise RunError(
                f"{table.file}: expected rows of {', '.join(sorted(labels))}; "
                f"received {', '.join(sorted(others))}"
            )
    return frames
