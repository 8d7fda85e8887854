"""Read the graphs that a run stored, one file per cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from compare.contract import CapturedGraph
from compare.errors import RunError

if TYPE_CHECKING:
    from pathlib import Path

    from compare.runs.record import Cell, RunRecord

FOLDER = "graphs"


def graphs_path(folder: Path, cell: Cell) -> Path:
    """Return the file of the graphs of a cell."""
    return folder / FOLDER / f"{cell.workload}-{cell.framework}-{cell.mode}.json"


def read_graphs(
    folder: Path, record: RunRecord
) -> dict[str, dict[str, list[CapturedGraph]]]:
    """Return workload -> variant -> its graphs, of all cells with a file.

    Raises:
        RunError: a file cannot be read, or is no list of graphs.
    """
    found: dict[str, dict[str, list[CapturedGraph]]] = {}
    for cell in record.cells:
        path = graphs_path(folder, cell)
        if path.is_file():
            found.setdefault(cell.workload, {})[cell.variant] = decode_graphs(path)
    return found


def decode_graphs(path: Path) -> list[CapturedGraph]:
    """Return the graphs of a file.

    Raises:
        RunError: it cannot be read, or is no list of graphs.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[CapturedGraph])
    except (OSError, ValueError) as error:
        raise RunError(
            f"{path}: expected a list of graphs as JSON; {error}. Delete the file to "
            "show the run without it"
        ) from error
