"""The classic sentences, each with the verdict that follows from what was measured.

A function per sentence takes the results and returns a `Statement`. Numbers in its
prose are computed from the results, and which sentence is written depends on them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from statistics import median
from typing import TYPE_CHECKING

from compare.contract import Naming
from compare.debugging.words import Detection
from compare.deploy.rows import ExportStatus
from compare.dossier.parts import EAGER, DossierPart
from compare.frameworks import find_variant, frameworks
from compare.render.format import format_ratio
from compare.render.table import Column, Table, Value
from compare.runs.words import Status, Verdict
from compare.stats.estimates import Interval, ratio_interval
from compare.timing.tables import pair_samples
from compare.wording import format_count, join_words
from compare.workers.observing import STEPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from compare.debugging.words import Case
    from compare.dossier.parts import Measured
    from compare.runs.folder import Run

SIDE_EFFECTS = ("breakpoint", "print", "side_effect")  # mistakes without a fault


class StatementVerdict(StrEnum):
    """The verdict on a sentence, from the data of this machine."""

    HOLDS = "holds"
    HOLDS_ONLY = "holds only when"
    FAILS = "does not hold here"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A sentence, its verdict, and everything that shows it.

    Attributes:
        ident: of its section.
        sentence: the classic one.
        verdict: on it.
        condition: when it holds, after *holds only when*.
        prose: what was measured, in sentences.
        tables: with the data.
        parts: that it needs.
        code: functions or files that show it, as ``FILE[:FUNCTION]`` of each package.
    """

    ident: str
    sentence: str
    verdict: StatementVerdict
    condition: str = ""
    prose: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    parts: tuple[DossierPart, ...] = ()
    code: dict[str, str] = field(default_factory=dict)  # framework -> where

    @property
    def answer(self) -> str:
        """The verdict in words."""
        if self.verdict is StatementVerdict.HOLDS_ONLY:
            return f"{self.verdict} {self.condition}.".capitalize()
        return f"{self.verdict}.".capitalize()


@dataclass(frozen=True, kw_only=True)
class DebuggingSummary:
    """How one variant shows the mistakes."""

    variant: str
    detected: int
    faults: int  # mistakes that are one
    named: int  # of those detected
    frames: float  # median, of those detected
    effects: int  # mistakes whose side effect happens at every step


def summarize_debugging(cases: Sequence[Case]) -> list[DebuggingSummary]:
    """Return the summary of each variant that ran the mistakes."""
    variants = dict.fromkeys(case.variant for case in cases)
    return [
        _summarize_variant(variant, [case for case in cases if case.variant == variant])
        for variant in variants
    ]


def _summarize_variant(variant: str, cases: Sequence[Case]) -> DebuggingSummary:
    faults = [each for each in cases if each.mistake not in SIDE_EFFECTS]
    raised = [
        each.observed
        for each in faults
        if each.detection
        in {Detection.DEFINITION, Detection.FIRST_CALL, Detection.LATER_CALL}
        and each.observed is not None
    ]
    return DebuggingSummary(
        variant=variant,
        detected=len(raised),
        faults=len(faults),
        named=sum(each.naming is not Naming.NOT_NAMED for each in raised),
        frames=median([each.frames for each in raised] or [0]),
        effects=sum(
            each.observed is not None and each.observed.effects == STEPS
            for each in cases
            if each.mistake in SIDE_EFFECTS
        ),
    )


def judge_debugging(measured: Measured) -> Statement:
    """*Dynamic graphs are easier to debug.*."""
    where = "mistakes/shape_mismatch.py"
    base = Statement(
        ident="debugging",
        sentence="Dynamic graphs are easier to debug.",
        verdict=StatementVerdict.NOT_MEASURED,
        parts=(DossierPart.DEBUGGING,),
        code=dict.fromkeys(frameworks(), where),
    )
    if not measured.cases:
        return base
    found = summarize_debugging(measured.cases)
    worse: list[str] = []  # static variants, compared with eager code
    better: list[str] = []
    for each in found:
        eager = _eager_of(each.variant, found)
        if each.variant == eager.variant:
            continue
        names_less = _share_named(each) < _share_named(eager)
        has_fewer_effects = each.effects < eager.effects
        (worse if names_less or has_fewer_effects else better).append(each.variant)
    prose = [
        f"{each.variant} detects {each.detected} of {each.faults} mistakes, names the "
        f"line of {each.named}, with a median of "
        f"{format_count(round(each.frames), 'stack frame')} to it, and shows "
        f"{each.effects} of {len(SIDE_EFFECTS)} side effects at every step."
        for each in found
        if each.variant in EAGER
    ]
    more = [
        each.variant
        for each in found
        if each.detected > _eager_of(each.variant, found).detected
    ]
    if more:
        prose.append(
            f"{_join(more)} raise an exception for more of the "
            "mistakes than eager code does."
        )
    return replace(
        base,
        verdict=decide(holds=not better, fails=not worse),
        condition=f"compared with {_join(worse)}",
        prose=tuple(prose),
        tables=(_tabulate_debugging(found),),
    )


def judge_optimization(measured: Measured) -> Statement:
    """*Static graphs can be optimised.*."""
    base = Statement(
        ident="optimization",
        sentence="Static graphs can be optimised: they run faster.",
        verdict=StatementVerdict.NOT_MEASURED,
        parts=(DossierPart.SPEED,),
        code={"torch": "modes.py:compile", "tf": "modes.py:xla"},
    )
    if (run := measured.runs.get(DossierPart.SPEED)) is None:
        return base
    ratios = compare_with_eager(run)
    known = {
        place: ratio for place, ratio in ratios.items() if ratio.high == ratio.high
    }
    faster = [place for place, ratio in known.items() if ratio.high < 1]
    slower = [place for place, ratio in known.items() if ratio.low > 1]
    best = min(known, key=lambda place: known[place].estimate, default=None)
    count = (
        f"Pairs of a workload and a static mode: {len(known)}. Faster than eager code "
        f"of the framework: {len(faster)}; slower: {len(slower)}; the others do not "
        "differ clearly."
    )
    prose = [count]
    if best is not None:
        prose.append(
            f"The largest gain is that of {best[1]} on {best[0]}: its step takes "
            f"{_show(known[best])} of the time."
        )
    return replace(
        base,
        verdict=decide(
            holds=bool(known) and len(faster) == len(known), fails=not faster
        ),
        condition="the mode fits the network: "
        + _join([f"{v} on {w}" for w, v in faster]),
        prose=tuple(prose),
        tables=(_tabulate_ratios(run, ratios),),
    )


def judge_serialization(measured: Measured) -> Statement:
    """*A static graph can be stored, and runs without its code.*."""
    base = Statement(
        ident="serialization",
        sentence="A static graph can be stored, and runs without its code.",
        verdict=StatementVerdict.NOT_MEASURED,
        parts=(DossierPart.DEPLOY,),
        code={
            "torch": "exporting.py:export_program",
            "tf": "exporting.py:export_frozen",
        },
    )
    rows = [row for each in measured.deployments for row in each.rows]
    if not rows:
        return base
    outside = [row for row in rows if row.ran_outside_python]
    right = [row for row in rows if row.verdict is Verdict.AGREES]
    wrong = [row for row in rows if row.verdict is not Verdict.AGREES]
    fixed = [row for row in rows if row.other_reason]
    prose = [
        (
            f"{len(rows)} files were to be written; {len(right)} of them were executed "
            "without the model's code and agree with it. "
            f"{len(outside)} ran in a program without Python."
        ),
    ]
    if fixed:
        names = dict.fromkeys(f"{row.framework}/{row.format}" for row in fixed)
        prose.append(
            f"{_join(names)} refuse another size of "
            "batches, or compute something else, on at least one workload."
        )
    return replace(
        base,
        verdict=decide(holds=not wrong, fails=not right),
        condition="the form supports the model: not "
        + _join([f"{row.framework}/{row.format} of {row.workload}" for row in wrong]),
        prose=tuple(prose),
        tables=(_tabulate_exports(measured),),
    )


def judge_dynamic_input(measured: Measured) -> Statement:
    """*Dynamic graphs handle what depends on the input.*."""
    base = Statement(
        ident="input",
        sentence="Only dynamic graphs handle what depends on the input.",
        verdict=StatementVerdict.NOT_MEASURED,
        parts=(DossierPart.DYNAMIC,),
        code=dict.fromkeys(frameworks(), "models/control_flow.py"),
    )
    if (run := measured.runs.get(DossierPart.DYNAMIC)) is None:
        return base
    ways = {
        (cell.workload, cell.variant): _describe_way(run, cell.workload, cell.variant)
        for cell in run.record.cells
    }
    static = {place: way for place, way in ways.items() if place[1] not in EAGER}
    refused = [place for place, way in static.items() if way == str(Status.NOT_RUN)]
    single = [place for place, way in static.items() if way == ONE_GRAPH]
    networks = len({workload for workload, _ in ways})
    rest = len(static) - len(single) - len(refused)
    prose = (
        f"Eager code runs all {networks} networks. Of {len(static)} pairs with a "
        f"static mode, {len(single)} run every batch in one graph, {rest} capture "
        f"several or fall back to Python, and {len(refused)} do not run."
    )
    return replace(
        base,
        verdict=decide(holds=not single, fails=len(single) == len(static)),
        condition="the mode is none of these, which need one graph: "
        + _join([f"{v} on {w}" for w, v in single]),
        prose=(prose,),
        tables=(_tabulate_ways(ways),),
    )


def judge_rebuilding(measured: Measured) -> Statement:
    """*Building the graph again at each step is wasteful.*."""
    base = Statement(
        ident="rebuilding",
        sentence="Building the graph again at each step is wasteful.",
        verdict=StatementVerdict.NOT_MEASURED,
        parts=(DossierPart.SIZES,),
        code=dict.fromkeys(frameworks(), "step.py:training_step"),
    )
    if (run := measured.runs.get(DossierPart.SIZES)) is None:
        return base
    ratios = {p: r for p, r in compare_with_eager(run).items() if r.high == r.high}
    labels = list(dict.fromkeys(workload for workload, _ in ratios))
    faster = [place for place, ratio in ratios.items() if ratio.high < 1]
    prose = [
        f"{variant}: "
        + ", ".join(
            f"{_show(ratios[label, variant])} of eager code's time on {label}"
            for label in labels
            if (label, variant) in ratios
        )
        + "."
        for variant in dict.fromkeys(variant for _, variant in ratios)
    ]
    return replace(
        base,
        verdict=decide(
            holds=bool(ratios) and len(faster) == len(ratios), fails=not faster
        ),
        condition="the step is short: " + _join([f"{v} on {w}" for w, v in faster]),
        prose=tuple(prose),
        tables=(_tabulate_ratios(run, ratios),),
    )


def judge_division(measured: Measured) -> Statement:
    """*PyTorch is for research, TensorFlow for production.*."""
    base = Statement(
        ident="division",
        sentence="PyTorch is for research, TensorFlow for production.",
        verdict=StatementVerdict.NOT_MEASURED,
        parts=(DossierPart.DEBUGGING, DossierPart.DEPLOY),
    )
    rows = [row for each in measured.deployments for row in each.rows]
    if not (rows and measured.cases):
        return base
    found = {each.variant: each for each in summarize_debugging(measured.cases)}
    names = {name: each.title for name, each in frameworks().items()}
    eager = {name: found.get(f"{name}/eager") for name in names}
    deployed = {
        name: sorted(
            {
                row.format
                for row in rows
                if row.framework == name
                and row.verdict is Verdict.AGREES
                and not (row.needs_python and row.needs_framework)
            }
        )
        for name in names
    }
    prose = tuple(
        f"{title}: eager code names the line of {each.named} of {each.faults} "
        "mistakes; "
        f"{format_count(len(deployed[name]), 'form')} of export "
        f"({_join(deployed[name])}) "
        "run without Python or without the framework, and agree."
        for name, title in names.items()
        if (each := eager[name]) is not None
    )
    debugged = [each for each in eager.values() if each is not None and each.named]
    does_both = len(debugged) == len(names) and all(deployed.values())
    return replace(
        base,
        verdict=decide(holds=not does_both, fails=does_both),
        condition="",
        prose=prose,
        tables=(),
    )


STATEMENTS: tuple[Callable[[Measured], Statement], ...] = (
    judge_debugging,
    judge_optimization,
    judge_serialization,
    judge_dynamic_input,
    judge_rebuilding,
    judge_division,
)
ONE_GRAPH = "one graph"


def compare_with_eager(run: Run) -> dict[tuple[str, str], Interval]:
    """Return (workload, static variant) -> ratio to eager code of its framework.

    Each launch gives a difference of two log ratios, which were measured in the same
    rounds.
    """
    found = {}
    for request in run.record.request.workloads:
        paired = pair_samples(run.record, run.samples, workload=request.label).ratios
        for variant in paired.columns:
            eager = f"{variant.partition('/')[0]}/eager"
            if variant in EAGER or eager not in paired or "/" not in variant:
                continue
            logs = (paired[variant] - paired[eager]).dropna().tolist()
            found[request.label, variant] = ratio_interval(logs)
    return found


def decide(*, holds: bool, fails: bool) -> StatementVerdict:
    """Return the verdict: a sentence that neither holds nor fails has a condition."""
    if holds:
        return StatementVerdict.HOLDS
    return StatementVerdict.FAILS if fails else StatementVerdict.HOLDS_ONLY


def _eager_of(variant: str, found: Iterable[DebuggingSummary]) -> DebuggingSummary:
    framework, _ = find_variant(variant)
    name = f"{framework.name}/{framework.modes[0].name}"
    return next(each for each in found if each.variant == name)


def _share_named(summary: DebuggingSummary) -> float:
    return summary.named / summary.detected if summary.detected else 0.0


def _describe_way(run: Run, workload: str, variant: str) -> str:
    """Return how a variant ran a network whose batches differ."""
    cells = run.cells
    framework, mode = variant.split("/")
    mine = (
        (cells["workload"] == workload)
        & (cells["framework"] == framework)
        & (cells["mode"] == mode)
    )
    (cell,) = cells[mine].to_dict("records")
    if cell["status"] != Status.OK:
        return str(cell["status"])
    timing = run.timing
    mine = (
        (timing["workload"] == workload)
        & (timing["framework"] == framework)
        & (timing["mode"] == mode)
    )
    count = int(timing[mine]["captures_count"].max()) if mine.any() else 0
    if not count:
        return "in Python"
    return ONE_GRAPH if count == 1 else f"{count} captures"


def _join(words: Iterable[str]) -> str:
    words = list(words)
    return join_words(words, conjunction="and") if words else "none"


def _show(ratio: Interval) -> str:
    return format_ratio(ratio.estimate, ratio.low, ratio.high)


def _words(caption: str, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    return Table(
        caption=caption,
        columns=tuple(Column(title=title, kind="word") for title in titles),
        rows=tuple(tuple(Value(text=text) for text in row) for row in rows),
    )


def _tabulate_debugging(found: Sequence[DebuggingSummary]) -> Table:
    return _words(
        "How each variant shows mistakes",
        ["Variant", "Detected", "Line named", "Stack frames", "Effects at every step"],
        [
            [
                each.variant,
                f"{each.detected} of {each.faults}",
                f"{each.named} of {each.detected}",
                f"{each.frames:g}",
                f"{each.effects} of {len(SIDE_EFFECTS)}",
            ]
            for each in found
        ],
    )


def _tabulate_ratios(run: Run, ratios: dict[tuple[str, str], Interval]) -> Table:
    labels = [request.label for request in run.record.request.workloads]
    variants = dict.fromkeys(variant for _, variant in ratios)
    return _words(
        "Step time relative to eager code of the same framework",
        ["Variant", *labels],
        [
            [
                variant,
                *(
                    _show(ratios[label, variant]) if (label, variant) in ratios else "-"
                    for label in labels
                ),
            ]
            for variant in variants
        ],
    )


def _tabulate_exports(measured: Measured) -> Table:
    rows = [row for each in measured.deployments for row in each.rows]
    forms = dict.fromkeys((row.framework, row.format, row.runner) for row in rows)
    by_place = {(row.framework, row.format, row.workload): row for row in rows}
    workloads = [each.workload for each in measured.deployments]

    def show(framework: str, form: str, workload: str) -> str:
        row = by_place.get((framework, form, workload))
        if row is None:
            return "-"
        if row.verdict is None:
            return str(row.export)
        ratio = "" if row.ratio is None else f", {row.ratio:.2f}x"
        is_done = row.export is ExportStatus.DONE
        return f"{row.verdict}{ratio}" if is_done else str(row.export)

    return _words(
        "Outputs of exported models, and inference time relative to eager code",
        ["Export", "Runs in", *workloads],
        [
            [
                f"{framework}/{form}",
                runner,
                *(show(framework, form, w) for w in workloads),
            ]
            for framework, form, runner in forms
        ],
    )


def _tabulate_ways(ways: dict[tuple[str, str], str]) -> Table:
    workloads = list(dict.fromkeys(workload for workload, _ in ways))
    variants = dict.fromkeys(variant for _, variant in ways)
    return _words(
        "How each variant runs networks whose batches differ",
        ["Variant", *workloads],
        [
            [variant, *(ways.get((workload, variant), "-") for workload in workloads)]
            for variant in variants
        ],
    )
