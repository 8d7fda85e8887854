"""Add the results of a part to the run folder: all of them, and once.

A workload whose cells are all decided is merged. Its results are dropped if they come
again, for example from a machine that was believed to be lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from compare.runs.folder import LOGS
from compare.runs.machines import find_common_facts, union_of_keys
from compare.runs.record import MachineFacts
from compare.runs.store import store_frames
from compare.runs.tables import replace_file
from compare.runs.words import Status
from compare.timing.element_kernel import record_element_ns
from compare.timing.limits import Peak, record_peak

if TYPE_CHECKING:
    from pathlib import Path

    from compare.cluster.transfer import Frames
    from compare.contract import Limit
    from compare.runs.record import RunRecord

# Fields of a record that are lists with entries of single workloads.
LISTS = ("starts", "examined", "fixes", "joint_fixes")
# Those that are dictionaries by workload, or by a key that contains it.
MAPPINGS = (
    *("flops_per_step", "elements_per_step", "launches_done", "launching_s"),
    *("earlier_references", "targets", "derivatives"),
)


@dataclass(frozen=True, kw_only=True)
class PartResult:
    """The results of a part, as they came back from a machine."""

    label: str  # of the workload
    machine: str
    record: RunRecord
    frames: Frames
    folder: Path  # with the files of the part


def list_open_workloads(record: RunRecord) -> list[str]:
    """Return the workloads that have a cell without a result, in the order of a run."""
    is_open = {c.workload for c in record.cells if c.status is Status.PENDING}
    return [w.label for w in record.request.workloads if w.label in is_open]


def merge_part(folder: Path, record: RunRecord, part: PartResult) -> bool:
    """Add the results of a part to a run; return False if the run has them already.

    Files of logs and profiles come first, then rows, then the record that counts them:
    what a killed process did not count is removed or overwritten by the next one.

    Raises:
        StorageError: a file cannot be written.
    """
    if part.label not in list_open_workloads(record):
        return False
    _copy_files(folder, part)
    _merge_record(record, part)
    store_frames(folder, record, part.frames)
    return True


def _copy_files(folder: Path, part: PartResult) -> None:
    """Copy logs, profiles and graphs. Logs of different workloads have equal names."""
    for path in part.folder.rglob("*"):
        inside = path.relative_to(part.folder)
        if path.is_file() and len(inside.parts) > 1:
            if inside.parts[0] == LOGS:
                inside = inside.parent / part.label / inside.name
            (folder / inside).parent.mkdir(parents=True, exist_ok=True)
            replace_file(folder / inside, path.read_bytes())


def _merge_record(record: RunRecord, part: PartResult) -> None:
    done = {cell.key_values: cell for cell in part.record.cells}
    record.cells = [
        msgspec.structs.replace(found, machine=part.machine)
        if (found := done.get(cell.key_values))
        else cell
        for cell in record.cells
    ]
    for name in LISTS:
        getattr(record, name).extend(getattr(part.record, name))
    for name in MAPPINGS:
        getattr(record, name).update(getattr(part.record, name))
    record.notes += [each for each in part.record.notes if each not in record.notes]
    known = record.machines.get(part.machine)
    record.machines[part.machine] = (
        join_facts(known, part.record) if known else facts_of(part.record)
    )
    every = record.machines.values()
    record.environment = find_common_facts(each.environment for each in every)
    record.settings = {
        framework: find_common_facts(
            each.settings[framework] for each in every if framework in each.settings
        )
        for framework in union_of_keys(each.settings for each in every)
    }


def facts_of(record: RunRecord) -> MachineFacts:
    """Return what a record has about its only machine."""
    names = MachineFacts.__struct_fields__
    return MachineFacts(**{name: getattr(record, name) for name in names})


def join_facts(known: MachineFacts, part: RunRecord) -> MachineFacts:
    """Return known facts of a machine with those that another part found out.

    Of a limit, the highest rate counts, and the shortest time of an operation.
    """
    dtype = part.request.dtype
    copied = msgspec.json.decode(msgspec.json.encode(known), type=MachineFacts)
    joined = msgspec.structs.replace(part, **msgspec.structs.asdict(copied))
    joined.environment = {**part.environment, **known.environment}
    joined.settings = {**part.settings, **known.settings}
    rates: dict[Limit, dict[str, float]] = {
        "arithmetic": part.peak_flops_per_second,
        "bandwidth": part.peak_bytes_per_second,
    }
    for limit, by_dtype in rates.items():
        if (rate := by_dtype.get(dtype)) is not None:
            framework = part.peak_frameworks.get(dtype, {}).get(limit, "")
            record_peak(joined, limit, peak=Peak(per_second=rate, framework=framework))
    record_element_ns(joined, part.element_ns.get(dtype))
    return facts_of(joined)
