"""Read and write named arrays, the format in which parent and worker exchange them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from compare.contract import Arrays


def save_arrays(path: Path, arrays: Arrays) -> None:
    """Write arrays to an ``.npz`` file."""
    named: dict[str, Any] = dict(arrays)
    np.savez(path, **named)


def load_arrays(path: Path) -> Arrays:
    """Return the arrays of an ``.npz`` file. Pickled objects are refused."""
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}
