"""The parts of a dossier: three runs, exports, and mistakes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from shlex import quote
from typing import TYPE_CHECKING, TypeVar

import msgspec

from compare import api
from compare.debugging.catalogue import list_mistakes
from compare.debugging.run import list_variants, run_mistakes
from compare.debugging.words import Case
from compare.deploy.rows import Deployment
from compare.deploy.run import deploy_models
from compare.errors import RunError, UsageError
from compare.pipeline.compile_cache import find_cache_folder
from compare.pipeline.request import RunOptions, build_request
from compare.render.console import VisibleConsole
from compare.runs.folder import Run, load_run, read_record
from compare.runs.progress import Reporter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STATIC = ("torch/trace", "torch/compile", "tf/function", "tf/xla")
EAGER = ("torch/eager", "tf/eager")
DEPLOYED = ("two_layer", "cnn", "transformer")
Found = TypeVar("Found")
DEPLOY_S = 150.0  # expected for one of them


class DossierPart(StrEnum):
    """A part of the dossier, which is also the name of its folder or file."""

    SPEED = "speed"  # networks in every mode
    SIZES = "sizes"  # one network, small and large
    DYNAMIC = "dynamic"  # networks whose operations depend on the input
    DEPLOY = "deploy"
    DEBUGGING = "debugging"


RUNS: dict[DossierPart, RunOptions] = {
    DossierPart.SPEED: RunOptions(
        workloads=("two_layer", "cnn"), variants=(*EAGER, *STATIC)
    ),
    DossierPart.SIZES: RunOptions(
        workloads=("layers",),
        variants=(*EAGER, "torch/trace", "tf/function"),
        sweep="width=8,64,512",
        budget="60s",
    ),
    DossierPart.DYNAMIC: RunOptions(
        workloads=("rnn", "modular", "tree", "control_flow"),
        # torch.compile captures each shape for half a minute: see make dynamic.
        variants=(*EAGER, "torch/script", "torch/trace", "tf/function", "tf/xla"),
        budget="90s",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Everything that was measured; a part that was not is None or empty."""

    runs: dict[DossierPart, Run] = field(default_factory=dict)
    deployments: list[Deployment] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)

    @property
    def missing(self) -> list[DossierPart]:
        """The parts that were not measured."""
        present = set(self.runs)
        present |= {DossierPart.DEPLOY} if self.deployments else set()
        present |= {DossierPart.DEBUGGING} if self.cases else set()
        return [part for part in DossierPart if part not in present]


def measure_part(
    part: DossierPart, folder: Path, *, report: Callable[[str], None]
) -> None:
    """Measure a part, and write it into the folder of the dossier.

    Args:
        part: which.
        folder: of the dossier; it exists.
        report: called with what has been done.

    Raises:
        CompareError: something cannot be measured here; the message states why.
    """
    if part in RUNS:
        api.run_request(build_request(RUNS[part], timed=True), out=folder / part)
    elif part is DossierPart.DEPLOY:
        store_part(folder, part, [measure_deployment(name) for name in DEPLOYED])
    else:
        cases = run_mistakes(
            list_mistakes(),
            variants=list_variants(),
            cache=find_cache_folder(),
            report=report,
        )
        store_part(folder, part, cases)


def measure_deployment(workload: str) -> Deployment:
    """Return what is measured of the exports of a workload."""
    options = RunOptions(workloads=(workload,), variants=EAGER)
    record = api.plan_run(build_request(options, timed=False))
    console = VisibleConsole(stderr=True)
    with Reporter(console=console, expected_s=DEPLOY_S, record=record) as reporter:
        return deploy_models(record, reporter=reporter, launches=2)


def locate_part(folder: Path, part: DossierPart) -> Path:
    """Return the folder or file of a part."""
    return folder / part if part in RUNS else folder / f"{part}.json"


def has_part(folder: Path, part: DossierPart) -> bool:
    """Return whether the folder of a dossier has the results of a part.

    Raises:
        UsageError: they are those of a run that was interrupted.
        RunError: they cannot be read.
    """
    path = locate_part(folder, part)
    if not path.exists():
        return False
    if part in RUNS and not read_record(path).finished:
        raise UsageError(
            f"{path}: expected a finished run for the part {part}; received one that "
            f"was interrupted. Continue it with: graph-compare run --resume "
            f"{quote(str(path))}, or remove the folder to measure it again"
        )
    return True


def store_part(folder: Path, part: DossierPart, found: object) -> None:
    """Write the results of a part at once: a file that exists is complete."""
    path = locate_part(folder, part)
    partial = path.with_suffix(".partial")
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1))
    partial.rename(path)


def read_parts(folder: Path) -> Measured:
    """Return the parts in the folder of a dossier.

    Raises:
        UsageError: a part is a run that was interrupted.
        RunError: a file is damaged, or written by another version.
    """
    runs = {
        part: load_run(locate_part(folder, part))
        for part in RUNS
        if has_part(folder, part)
    }
    return Measured(
        runs=runs,
        deployments=_read_json(folder, DossierPart.DEPLOY, list[Deployment]) or [],
        cases=_read_json(folder, DossierPart.DEBUGGING, list[Case]) or [],
    )


def _read_json(folder: Path, part: DossierPart, kind: type[Found]) -> Found | None:
    path = locate_part(folder, part)
    if not path.exists():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError) as error:
        raise RunError(
            f"{path}: expected the results of the part {part}; {error}. Remove the "
            "file to measure it again"
        ) from error
