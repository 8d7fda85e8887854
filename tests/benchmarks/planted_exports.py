"""Plant defects in exported files, and count those that are found, and where.

``make exports`` writes ``reports/exports.csv`` and prints a summary. The clean files
are run first: a finding in one of them is a false alarm.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from compare.api import plan_run
from compare.cli.console import make_console
from compare.deploy.judge import read_outputs
from compare.deploy.rows import DeployRow, OtherSize
from compare.deploy.run import ExportedFile, ModelDeployment
from compare.frameworks import frameworks
from compare.numerics.arrays import load_arrays
from compare.pipeline.check.request import CheckOptions, build_check_request
from compare.pipeline.scratch_run import open_scratch_run
from compare.runs.progress import Reporter
from compare.runs.words import Verdict
from compare.workers.deploying import EXPECTED
from tests.support.planted_exports.defects import (
    DEFECTS,
    FOLDER,
    TARGETS,
    PlantedExport,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compare.workers.process import Worker

FIXED = 1e-3  # the tolerance of other tools
CLEAN = "none"


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found in one file."""

    defect: str
    framework: str
    form: str
    verdict: str
    half_batch: str
    node: str
    is_detected: bool
    is_right_node: bool
    is_detected_by_fixed: bool
    error: float
    tolerance: float


def find_planted(framework: str, defects: Sequence[PlantedExport]) -> Iterator[Found]:
    """Yield what is found in the clean files, and in each altered one."""
    target, inputs = TARGETS[framework]
    options = CheckOptions(targets=(target,), inputs=(inputs,), timed=False)
    record = plan_run(build_check_request(options))
    record.cells = [cell for cell in record.cells if cell.mode == "eager"]
    reporter = Reporter(console=make_console(stderr=True), expected_s=90, record=record)
    with reporter, open_scratch_run(record, reporter=reporter) as context:
        deployment = ModelDeployment(context=context, cell=record.cells[0])
        with deployment.open_trained() as exact:
            for form in dict.fromkeys(each.form for each in defects):
                clean = export(deployment, form)
                yield examine(deployment, None, form=form, file=clean, exact=exact)
                for defect in (each for each in defects if each.form == form):
                    altered = alter(clean, defect)
                    yield examine(
                        deployment, defect, form=form, file=altered, exact=exact
                    )


def find_form(deployment: ModelDeployment, name: str):
    forms = frameworks()[deployment.cell.framework].exports
    return next(form for form in forms if form.name == name)


def export(deployment: ModelDeployment, name: str) -> ExportedFile:
    form = find_form(deployment, name)
    return deployment.export(form, deployment.make_row(form))


def alter(clean: ExportedFile, defect: PlantedExport) -> ExportedFile:
    """Return a copy of a file with a defect."""
    path = clean.path.with_name(f"{defect.name}{clean.path.suffix}")
    shutil.copyfile(clean.path, path)
    script = FOLDER / f"edit_{defect.framework}.py"
    subprocess.run(
        [sys.executable, str(script), defect.name, str(path)],
        check=True,
        capture_output=True,
    )
    return ExportedFile(path=path, inputs=clean.inputs, outputs=clean.outputs)


def examine(
    deployment: ModelDeployment,
    defect: PlantedExport | None,
    *,
    form: str,
    file: ExportedFile,
    exact: Worker,
) -> Found:
    """Run a file as ``graph-compare deploy`` does."""
    declared = find_form(deployment, form)
    row = deployment.make_row(declared)
    deployment.run_file(declared, row, file=file, exact=exact)
    node = row.location.node if row.location else ""
    return Found(
        defect=defect.name if defect else CLEAN,
        framework=row.framework,
        form=form,
        verdict=str(row.verdict or row.export),
        half_batch=str(row.other_size),
        node=node,
        is_detected=is_detected(row),
        is_right_node=bool(defect and node in defect.nodes),
        is_detected_by_fixed=not all_close(deployment.cases),
        error=row.error or 0.0,
        tolerance=row.tolerance or 0.0,
    )


def is_detected(row: DeployRow) -> bool:
    return row.verdict is not Verdict.AGREES or row.other_size is not OtherSize.AGREES


def all_close(cases: Sequence[Path]) -> bool:
    """Return whether outputs are within the fixed tolerance in every case."""
    for case in cases:
        received, expected = read_outputs(case), load_arrays(case / EXPECTED).values()
        if len(received) != len(expected):
            return False
        if not all(
            one.shape == other.shape and np.allclose(one, other, FIXED, FIXED)
            for one, other in zip(received, expected, strict=True)
        ):
            return False
    return True


def write_table(path: Path, found: Sequence[Found]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(vars(found[0])))
        writer.writeheader()
        writer.writerows(map(vars, found))


def main() -> None:
    found = []
    for framework in TARGETS:
        chosen = [defect for defect in DEFECTS if defect.framework == framework]
        for each in find_planted(framework, chosen):
            where = f"{each.framework}/{each.form}"
            print(f"{where} {each.defect}: {each.verdict}, {each.node}")
            found.append(each)
    write_table(Path(sys.argv[1]), found)
    planted = [each for each in found if each.defect != CLEAN]
    print(f"planted {len(planted)}")
    print(f"detected {sum(each.is_detected for each in planted)}")
    print(f"at the right node {sum(each.is_right_node for each in planted)}")
    print(f"missed by {FIXED:g} {sum(not e.is_detected_by_fixed for e in planted)}")
    print(f"false alarms {sum(e.is_detected for e in found if e.defect == CLEAN)}")


if __name__ == "__main__":
    main()
