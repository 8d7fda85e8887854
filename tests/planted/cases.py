"""Every planted defect: what is planted where, and what the check should report.

There are two sources of defects. From the catalogue: a session is built with another
spelling of a quirk than the one it is checked against, in both directions and in every
framework that has the quirk. From `defects.py`: edits of the training loop's source, in
PyTorch and TensorFlow. The first tensor that a defect changes, and its effect in
floors, are computed with NumPy only.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pytest

from compare import quirks, workloads
from compare.agreement import examine, locate
from compare.frameworks import frameworks, frameworks_with
from compare.numerics.arrays import load_arrays
from compare.reference.evaluation import as_float64
from compare.reference.expectation import expectations
from compare.workers import messages
from compare.workers.pool import WorkerPool
from compare.workloads.cnn import PROBE

sys.path.insert(0, str(Path(__file__).parent))
from defects import DEFECTS, OWN_PROCESS, SIZES, WORKLOAD

WORKER = str(Path(__file__).with_name("worker.py"))
DTYPES = ("float64", "float32")
STEPS = 9  # of a trajectory with defects of the loop, with later states as well
STEPS_OF_A_QUIRK = 4  # enough for the spellings of every optimizer to differ
OUTCOMES = pytest.StashKey[list]()
EFFECT = 30  # in floors; above it, a defect must be caught in float32


@dataclass(frozen=True, kw_only=True)
class Case:
    """One defect or none, in one framework, and what it is checked against."""

    framework: str
    defect: str  # a planted spelling or a name in `defects.py`; empty: no defect
    workload: str
    config: tuple[tuple[str, Any], ...]  # of the expected workload
    planted: tuple[tuple[str, Any], ...]  # of the workload in the worker
    first: str = ""  # the first tensor that differs; empty: computed
    cause: str = ""  # the cause that should be found; empty: unknown
    only_float64: bool = False
    mode: str = "eager"  # of the session

    @property
    def name(self) -> str:
        """Unique, readable name."""
        spelled = f"{self.workload}:{dict(self.config).get('quirk', '')}"
        spelled = spelled.removesuffix(":")
        return f"{self.framework} {spelled} {self.defect or 'sound'}"

    @property
    def is_spelled(self) -> bool:
        """Whether the case comes from the catalogue."""
        return "spelling" in dict(self.config) and not self.source_edited

    @property
    def source_edited(self) -> bool:
        """Whether the defect is an edit of source, not a spelling."""
        return bool(self.defect) and self.config == self.planted


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the check reported for a case in one dtype."""

    case: Case
    dtype: str
    caught: bool
    first: str
    cause: str  # the one that is named; empty: several or none explain the defect
    candidates: tuple[str, ...]  # every cause that explains it
    sentence: str
    true_first: str
    effect_floors: float

    @property
    def must_be_caught(self) -> bool:
        """Always in float64; in float32 if its effect is larger than rounding."""
        return self.dtype == "float64" or self.effect_floors > EFFECT

    @property
    def is_cause_wrong(self) -> bool:
        """Whether a cause is named that is not the defect's."""
        return bool(self.cause) and self.cause != self.case.cause

    @property
    def is_cause_right(self) -> bool:
        """Whether the defect's cause is named."""
        return bool(self.cause) and self.cause == self.case.cause


def from_catalogue(framework: str) -> list[Case]:
    """Return each spelling of each quirk, planted where the other is expected."""
    found = []
    for name in quirks.quirk_names():
        if framework not in frameworks_with("quirks", entry=name):
            continue
        entry = quirks.find_quirk(name)
        cannot = entry.quirk.impossible.get(framework, {})
        for planted in entry.spellings:
            expected = entry.other_spelling(planted)
            if planted in cannot:
                continue
            found.append(
                Case(
                    framework=framework,
                    defect=planted,
                    workload="quirk",
                    config=(("quirk", name), ("spelling", expected)),
                    planted=(("quirk", name), ("spelling", planted)),
                    cause=name,
                )
            )
    return found


def from_source(framework: str) -> list[Case]:
    """Return each edit of the training loop."""
    return [
        Case(
            framework=framework,
            defect=name,
            workload=WORKLOAD.get(defect.size, defect.size),
            config=SIZES[defect.size],
            planted=SIZES[defect.size],
            first=defect.first,
            cause=defect.cause,
            only_float64=defect.only_float64,
            mode=defect.mode,
        )
        for name, defect in DEFECTS.get(framework, {}).items()
    ]


def without_defects(framework: str) -> list[Case]:
    """Return the cases above without their defects."""
    spelled = [
        replace(c, defect="", config=c.planted) for c in from_catalogue(framework)
    ]
    plain = [
        Case(
            framework=framework,
            defect="",
            workload=WORKLOAD.get(name, name),
            config=size,
            planted=size,
        )
        for name, size in SIZES.items()
    ]
    return [*spelled, *plain]


@dataclass(frozen=True, kw_only=True)
class References:
    """Expected results, computed once for all cases that share them."""

    folder: Path
    known: dict[Any, Any] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def expected(self, case: Case, *, dtype: str) -> tuple[Any, Any]:
        """Return a case's workload and its expectations."""
        key = (case.workload, case.config, dtype, case.is_spelled)
        with self.lock:
            if key not in self.known:
                home = self.folder / f"expected-{len(self.known)}"
                home.mkdir()
                built = workloads.build(case.workload, dict(case.config))
                if dict(case.config).get("data") != PROBE:
                    built = workloads.stage(built, folder=home)
                steps = STEPS_OF_A_QUIRK if case.is_spelled else STEPS
                found = expectations(built, dtype=dtype, steps=steps, folder=home)
                self.known[key] = (built, found)
        return self.known[key]


def check_cases(folder: Path, cases: list[Case]) -> list[Outcome]:
    """Check every case in each dtype, with workers in parallel."""
    references = References(folder=folder)
    pool = WorkerPool(
        frameworks=frameworks(), threads=1, device="cpu", logs=folder / "logs"
    )
    groups: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        kind = case.defect if case.defect in OWN_PROCESS else ""
        groups.setdefault((case.framework, kind), []).append(case)

    def work(group: list[Case], cores: list[int]) -> list[Outcome]:
        first = group[0]
        defect = first.defect if first.defect in OWN_PROCESS else ""
        command = (sys.executable, WORKER, first.framework, defect)
        name = f"{first.framework}-{len(group)}"
        with replace(pool, command=command).start(
            first.framework, cores=cores, cache=folder, log=name
        ) as worker:
            worker.hello()
            return [
                check_case(case, dtype=dtype, worker=worker, references=references)
                for case in group
                for dtype in DTYPES
            ]

    # Long groups first, so that all processors finish at about the same time.
    ordered = sorted(groups.values(), key=len, reverse=True)
    return [o for found in pool.in_parallel(work, ordered) for o in found]


def check_case(
    case: Case, *, dtype: str, worker: Any, references: References
) -> Outcome:
    """Return what the check reports for one case."""
    home = references.folder / f"{case.name} {dtype}".replace(" ", "-")
    expected_of, expected = references.expected(case, dtype=dtype)
    planted = expected_of
    if case.config != case.planted:
        planted = workloads.build(case.workload, dict(case.planted))

    defect = case.defect if case.source_edited else ""

    def prepare(mode: str) -> object:
        request = messages.Prepare(
            workload=case.workload,
            config={**asdict(planted), "defect": defect},
            mode=mode,
            device="cpu",
            dtype=dtype,
        )
        return worker.request(request, messages.Prepared)

    prepare(case.mode)
    examined = examine.examine_session(
        worker, expected=expected, dtype=dtype, folder=home
    )
    session = locate.CheckedSession(
        worker=worker,
        prepare=prepare,
        mode=case.mode,
        fallback_mode="eager",
        workload=expected_of,
        dtype=dtype,
        folder=home,
    )
    found = locate.locate_first_difference(examined, session=session)
    true_first, effect = "", 0.0 if case.only_float64 else float("inf")
    if case.defect and not case.source_edited:
        true_first, effect = expected_effect(
            expected_of, planted, expected=expected, dtype=dtype
        )
    return Outcome(
        case=case,
        dtype=dtype,
        caught=found is not None,
        first=found.finding.quantity if found else "",
        cause=found.cause.name if found and found.cause else "",
        candidates=tuple(c.name for c in found.causes) if found else (),
        sentence=found.sentence if found else "",
        true_first=case.first or true_first,
        effect_floors=effect,
    )


def expected_effect(
    right: Any, wrong: Any, *, expected: Any, dtype: str
) -> tuple[str, float]:
    """Return the first tensor that a wrong spelling changes too much, and its effect.

    The effect is the largest distance between the two references, in floors.
    """
    first, effect = "", 0.0
    after, memory = None, {}
    for each in expected:
        if each.check == "prediction":  # not a step
            continue
        if each.check == "step" or after is None:
            after, memory = as_float64(load_arrays(each.state)), {}
        elif each.step in each.restarts:
            after = as_float64(load_arrays(each.restarts[each.step]))
        batch = next(islice(workloads.stream(right, dtype=dtype), each.step, None))
        now = wrong.reference(after, as_float64(batch), memory=memory)
        after, memory = (now.parameters, now.memory)
        if each.check == "step":
            after = None
        quantities = now.quantities()
        for name, array in load_arrays(each.arrays).items():
            distance = float(np.abs(quantities[name] - array).max())
            effect = max(effect, distance / each.floor[name] if distance else 0.0)
            if not first and distance > each.tolerance[name]:
                first = name
    return first, effect


def summarize(outcomes: list[Outcome]) -> list[str]:
    """Return counts per dtype, and every defect that was missed or misidentified."""
    lines = []
    for dtype in DTYPES:
        of_dtype = [o for o in outcomes if o.dtype == dtype]
        defects = [o for o in of_dtype if o.case.defect]
        caught = [o for o in defects if o.caught]
        known = [o for o in caught if o.case.cause]
        alarms = [o for o in of_dtype if not o.case.defect and o.caught]
        lines.append(
            f"{dtype}: {len(caught)} of {len(defects)} caught; first tensor correct in "
            f"{sum(o.first == o.true_first for o in caught)} of {len(caught)}; cause "
            f"named in {sum(o.is_cause_right for o in caught)} of {len(known)} with a "
            f"known one, {len(caught)} caught; wrong causes "
            f"{sum(o.is_cause_wrong for o in caught)}; false alarms {len(alarms)} of "
            f"{len(of_dtype) - len(defects)}"
        )
        for o in defects:
            if not o.caught:
                lines.append(
                    f"  not caught: {o.case.name}: {o.effect_floors:.1f} floors"
                )
            elif o.first != o.true_first:
                lines.append(
                    f"  {o.case.name}: first tensor {o.first}; expected {o.true_first}"
                )
            elif o.cause != o.case.cause:
                found = o.cause or " or ".join(o.candidates) or "unknown"
                lines.append(
                    f"  {o.case.name}: cause {found}; expected "
                    f"{o.case.cause or 'unknown'}"
                )
    return lines
