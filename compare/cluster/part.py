"""The process of a part: ``python -m compare.cluster.part FOLDER``.

It executes the run in a folder as `graph-compare run` does, without a report. If that
is not possible, the reason is written to a file in the folder above. The process ends
with the one that started it, because its standard input is then closed.
"""

from __future__ import annotations

import fcntl
import os
import socket
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from compare.errors import CompareError, StorageError
from compare.pipeline.estimate import estimate_run_s
from compare.pipeline.run import execute
from compare.runs.folder import read_record
from compare.runs.progress import Reporter
from compare.workers.lifeline import start_watching

if TYPE_CHECKING:
    from collections.abc import Iterator

REASON_FILE = "reason.txt"  # next to the run folder


def main(folder: Path) -> None:
    """Execute the run in a folder, or write the reason why it cannot be executed."""
    start_watching(sys.stdin.fileno())
    try:
        execute_part(folder)
    except (CompareError, StorageError, OSError) as error:
        folder.with_name(REASON_FILE).write_text(str(error))


def execute_part(folder: Path) -> None:
    """Execute the run in a folder; if steps are timed, nothing else is meanwhile.

    Raises:
        CompareError: the run cannot be executed here.
    """
    record = read_record(folder)
    reporter = Reporter(
        console=Console(), expected_s=estimate_run_s(record), record=record
    )
    with hold_machine(is_exclusive=bool(record.request.launches)), reporter:
        execute(folder, record, reporter=reporter)


@contextmanager
def hold_machine(*, is_exclusive: bool) -> Iterator[None]:
    """Wait until no other part is timed on this machine, and keep others out.

    The system releases the lock when this process ends, however it ends.
    """
    if not is_exclusive:
        yield
        return
    file = os.open(locate_lock(), os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def locate_lock() -> Path:
    """Return the file that is locked while steps are timed on this machine."""
    name = f"graph-compare-{os.geteuid()}-{socket.gethostname()}.lock"
    return Path(tempfile.gettempdir()) / name


if __name__ == "__main__":
    main(Path(sys.argv[1]))
