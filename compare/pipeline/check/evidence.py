"""Keep what shows that a mode computes something else: a script and its arrays.

The script needs the framework and the model's file, not this toolkit. It compares the
model's outputs in float64, eagerly and in the mode.
"""

from __future__ import annotations

import shutil
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from compare import workloads
from compare.contract import base_name
from compare.frameworks import find_framework
from compare.numerics.arrays import save_arrays
from compare.pipeline.context import PROOF
from compare.workloads.target import INPUT

if TYPE_CHECKING:
    from compare.contract import Batch
    from compare.pipeline.context import RunContext
    from compare.runs.record import Cell
    from compare.workloads.target import Source, TargetWorkload

FOLDER, FILE = "reproduce", "reproduce.py"


def keep_evidence(
    context: RunContext,
    cell: Cell,
    workload: TargetWorkload,
    *,
    step: int,
    state: Path,
) -> None:
    """Write a script that shows a difference, if the mode captures a model alone.

    Args:
        context: of the run.
        cell: that differs.
        workload: the user's model.
        step: the first one that differs.
        state: the file of the parameters that it starts from.
    """
    package = import_module(f"{find_framework(cell.framework).package}.reproduction")
    source = workload.sources[base_name(cell.framework)]
    if (capture := package.CAPTURES.get(cell.mode)) is None or workload.placements:
        return
    path = context.folder / script_path(cell)
    folder = path.parent
    folder.mkdir(parents=True, exist_ok=True)
    batches = list(islice(workloads.stream(workload, dtype=PROOF), step + 1))
    save_arrays(folder / "initial.npz", workload.parameters(PROOF))
    save_arrays(folder / "first.npz", _select_inputs(batches[0]))
    save_arrays(folder / "batch.npz", _select_inputs(batches[-1]))
    shutil.copy(state, folder / "state.npz")
    arguments = ", ".join(f"{name}={v!r}" for name, v in source.arguments.items())
    script = package.SCRIPT.format(
        title=f"{cell.variant} differs from eager at step {step}.",
        folder=str(Path(source.file).parent) if source.file else ".",
        module=_module_of(source),
        name=source.name,
        call=f"{source.name}({arguments})",
        capture=capture,
        seed=workload.seed,
    )
    path.write_text(script, encoding="utf-8")


def script_path(cell: Cell) -> Path:
    """Return where the script of a cell is, in the folder of its run."""
    return Path(FOLDER, f"{cell.workload}-{cell.framework}-{cell.mode}", FILE)


def _module_of(source: Source) -> str:
    return Path(source.file).stem if source.file else source.module


def _select_inputs(batch: Batch) -> Batch:
    return {name: array for name, array in batch.items() if name.startswith(INPUT)}
