"""The graphs of a run's cells, one file of JSON per cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from compare.contract import CapturedGraph
from compare.errors import DataError
from compare.files import read_file
from compare.render.visible import make_all_visible
from compare.runs.tables import replace_file

if TYPE_CHECKING:
    from pathlib import Path

    from compare.runs.record import Cell

FOLDER = "graphs"  # in the folder of a run


def locate_graphs(folder: Path, cell: Cell) -> Path:
    """Return where a run stores the graphs of a cell, whether or not it has any."""
    return folder / FOLDER / f"{cell.workload}-{cell.framework}-{cell.mode}.json"


def store_graphs(folder: Path, cell: Cell, graphs: list[CapturedGraph]) -> None:
    """Write the graphs of a cell, atomically.

    Raises:
        StorageError: the file cannot be written.
    """
    path = locate_graphs(folder, cell)
    path.parent.mkdir(exist_ok=True)
    replace_file(path, encode_graphs(graphs))


def read_cell_graphs(folder: Path, cell: Cell) -> list[CapturedGraph] | None:
    """Return the stored graphs of a cell; None if the run took none.

    Raises:
        DataError: the file is damaged.
    """
    path = locate_graphs(folder, cell)
    return load_graphs(path) if path.exists() else None


def load_graphs(path: Path) -> list[CapturedGraph]:
    """Return the graphs in a file.

    Raises:
        DataError: the file cannot be read or has something else.
    """
    try:
        content = read_file(path)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        return decode_graphs(content)
    except ValueError as error:
        raise DataError(
            f"{path}: expected the graphs of one variant as JSON; {error}. Delete the "
            "file and resume the run to take them again"
        ) from error


def encode_graphs(graphs: list[CapturedGraph]) -> bytes:
    """Return graphs as JSON."""
    return msgspec.json.encode(graphs)


def decode_graphs(content: bytes) -> list[CapturedGraph]:
    """Return the graphs in JSON, with visible control characters.

    Raises:
        ValueError: this is no JSON, or has something else.
    """
    found = make_all_visible(msgspec.json.decode(content))
    return msgspec.convert(found, list[CapturedGraph], strict=True)
