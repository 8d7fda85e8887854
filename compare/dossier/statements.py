"""The classic sentences, each with the verdict that follows from what was measured.

A function per sentence takes the results and returns a `Statement`. Numbers in its
prose are computed from the results, and which sentence is written depends on them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from compare.deploy.rows import ExportStatus, OtherSize
from compare.dossier.evidence import (
    ANOTHER_RESULT,
    IN_PYTHON,
    ONE_GRAPH,
    SIDE_EFFECTS,
    Comparison,
    compare_debugging,
    compare_with_eager,
    describe_ways,
    eager_of,
    is_right,
    is_wrong,
    select_static,
    summarize_debugging,
)
from compare.dossier.parts import EAGER, DossierPart
from compare.frameworks import frameworks, frameworks_with
from compare.render.format import format_ratio
from compare.render.table import Column, Table, Value
from compare.runs.words import Status
from compare.stats.estimates import TimingVerdict
from compare.wording import format_count, join_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from compare.deploy.rows import DeployRow
    from compare.dossier.evidence import DebuggingSummary, Place
    from compare.dossier.parts import Measured
    from compare.runs.folder import Run
    from compare.stats.estimates import Interval

SEVERAL_GRAPHS = "several graphs"
SHOWN = {  # of step times of static modes
    TimingVerdict.FASTER: "faster",
    TimingVerdict.SLOWER: "slower",
    TimingVerdict.EQUIVALENT: "equivalent",
    TimingVerdict.INCONCLUSIVE: "not decided",
}


class StatementVerdict(StrEnum):
    """The verdict on a sentence, from the data of this machine."""

    HOLDS = "holds"
    HOLDS_ONLY = "holds only when"
    FAILS = "does not hold here"
    NOT_DECIDED = "not decided"  # every interval includes 1
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
            return _capitalize(f"{self.verdict} {self.condition}.")
        return _capitalize(f"{self.verdict}.")


def judge_debugging(measured: Measured) -> Statement:
    """Return the verdict on "Dynamic graphs are easier to debug."."""
    where = "mistakes/shape_mismatch.py"
    base = Statement(
        ident="debugging",
        sentence="Dynamic graphs are easier to debug.",
        verdict=StatementVerdict.NOT_MEASURED,
        parts=(DossierPart.DEBUGGING,),
        code=dict.fromkeys(frameworks_with("mistakes"), where),
    )
    found = summarize_debugging(measured.cases)
    if not found:
        return base
    compared = {
        each.variant: compare_debugging(
            measured.cases, each.variant, other=eager_of(each.variant)
        )
        for each in found
        if each.variant not in EAGER
    }
    groups = {
        result: [variant for variant, own in compared.items() if own is result]
        for result in Comparison
    }
    worse = groups[Comparison.WORSE]
    prose = [
        f"{each.variant} detects {each.detected} of {each.faults} mistakes, names the "
        f"line of {each.named} (stack frames to it: {each.frames:g} in the median), "
        f"and shows {each.effects} of {len(SIDE_EFFECTS)} side effects at every step."
        for each in found
        if each.variant in EAGER
    ]
    if any(groups.values()):
        prose.append(
            "Detected mistakes, named lines and side effects of static modes, compared "
            f"with eager code of the framework: {_join_groups(groups)}."
        )
    return replace(
        base,
        verdict=decide(
            is_known=any(groups.values()),
            holds=bool(worse)
            and not (groups[Comparison.BETTER] or groups[Comparison.MIXED]),
            fails=not worse,
        ),
        condition=f"compared with {_join(worse)}",
        prose=tuple(prose),
        tables=(_tabulate_debugging(found),),
    )


def judge_optimization(measured: Measured) -> Statement:
    """Return the verdict on "Static graphs can be optimised: they run faster."."""
    base = Statement(
        ident="optimization",
        sentence="Static graphs can be optimised: they run faster.",
        verdict=StatementVerdict.NOT_MEASURED,
        parts=(DossierPart.SPEED,),
        code={"torch": "modes.py:compile", "tf": "modes.py:xla"},
    )
    return _judge_step_times(base, measured.runs.get(DossierPart.SPEED))


def judge_serialization(measured: Measured) -> Statement:
    """Return the verdict on storing a static graph and running it without its code."""
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
    tried = [row for row in rows if row.export is not ExportStatus.NOT_RUN]
    if not tried:
        return base
    right, wrong = list(filter(is_right, tried)), list(filter(is_wrong, tried))
    outside = [row for row in tried if row.ran_outside_python]
    prose = [
        (
            f"Exports that were tried: {len(tried)}. Executed without the model's "
            f"code, {len(right)} agree with the model; {len(wrong)} are refused, fail "
            f"or compute something else. {len(outside)} ran in a program without "
            "Python."
        ),
    ]
    undecided, left_out = len(tried) - len(right) - len(wrong), len(rows) - len(tried)
    if undecided or left_out:
        prose.append(f"Undecided: {undecided}; not run on this machine: {left_out}.")
    for other_size, text in (
        (OtherSize.REFUSED, "Refuse half a batch"),
        (OtherSize.DISAGREES, "Compute something else for half a batch"),
    ):
        if names := [
            _name_export(row) for row in tried if row.other_size is other_size
        ]:
            prose.append(f"{text}: {_join(names)}.")
    return replace(
        base,
        verdict=decide(is_known=bool(right or wrong), holds=not wrong, fails=not right),
        condition="the export is not " + _join(map(_name_export, wrong), "or"),
        prose=tuple(prose),
        tables=(_tabulate_exports(measured),),
    )


def judge_dynamic_input(measured: Measured) -> Statement:
    """Return the verdict on "Only dynamic graphs handle what depends on the input."."""
    base = Statement(
        ident="input",
        sentence="Only dynamic graphs handle what depends on the input.",
        verdict=StatementVerdict.NOT_MEASURED,
        parts=(DossierPart.DYNAMIC,),
        code=dict.fromkeys(frameworks_with("mistakes"), "models/control_flow.py"),
    )
    if (run := measured.runs.get(DossierPart.DYNAMIC)) is None:
        return base
    ways = describe_ways(run)
    groups: dict[str, list[Place]] = {
        name: [] for name in (ONE_GRAPH, SEVERAL_GRAPHS, IN_PYTHON, ANOTHER_RESULT)
    }
    without: list[Place] = []  # a result
    for place in select_static(run):
        is_several = ways[place].endswith("captures")
        name = SEVERAL_GRAPHS if is_several else ways[place]
        groups.get(name, without).append(place)
    handled = groups[ONE_GRAPH] + groups[SEVERAL_GRAPHS]
    others = groups[IN_PYTHON] + groups[ANOTHER_RESULT]
    prose = [
        _describe_eager_cells(run),
        "Pairs of a network and a static mode: "
        + "; ".join(f"{name}: {len(places)}" for name, places in groups.items())
        + f"; did not run, failed or not timed: {len(without)}.",
    ]
    prose += [
        f"{_capitalize(name)}: {_join_places(places)}."
        for name, places in {**groups, "no result": without}.items()
        if places and name != ONE_GRAPH
    ]
    return replace(
        base,
        verdict=decide(
            is_known=bool(handled or others), holds=not handled, fails=not others
        ),
        condition="the pair is " + _join_places(others, "or"),
        prose=tuple(prose),
        tables=(_tabulate_ways(ways),),
    )


def judge_rebuilding(measured: Measured) -> Statement:
    """Return the verdict on "Building the graph again at each step is wasteful."."""
    base = Statement(
        ident="rebuilding",
        sentence="Building the graph again at each step is wasteful.",
        verdict=StatementVerdict.NOT_MEASURED,
        parts=(DossierPart.SIZES,),
        code=dict.fromkeys(frameworks_with("mistakes"), "step.py:training_step"),
    )
    return _judge_step_times(base, measured.runs.get(DossierPart.SIZES))


def judge_division(measured: Measured) -> Statement:
    """Return the verdict on "PyTorch is for research, TensorFlow for production."."""
    base = Statement(
        ident="division",
        sentence="PyTorch is for research, TensorFlow for production.",
        verdict=StatementVerdict.NOT_MEASURED,
        parts=(DossierPart.DEBUGGING, DossierPart.DEPLOY),
    )
    found = {each.variant: each for each in summarize_debugging(measured.cases)}
    rows = [row for each in measured.deployments for row in each.rows]
    has_verdict = {row.framework for row in rows if row.verdict is not None}
    compared = compare_debugging(measured.cases, EAGER[0], other=EAGER[1])
    if compared is None or not has_verdict >= {"torch", "tf"}:
        return base
    deployed = {name: _list_deployed(rows, name) for name in ("torch", "tf")}
    prose = []
    for name, forms in deployed.items():
        eager = found[f"{name}/eager"]
        prose.append(
            f"{frameworks()[name].title}: eager code detects {eager.detected} of "
            f"{eager.faults} mistakes and names the line of {eager.named}. Forms of "
            "export that agree without Python or without the framework: "
            f"{len(forms)} ({_join(forms)})."
        )
    holds = compared is Comparison.BETTER and (
        len(deployed["tf"]) > len(deployed["torch"])
    )
    return replace(
        base,
        verdict=decide(is_known=True, holds=holds, fails=not holds),
        prose=tuple(prose),
    )


STATEMENTS: tuple[Callable[[Measured], Statement], ...] = (
    judge_debugging,
    judge_optimization,
    judge_serialization,
    judge_dynamic_input,
    judge_rebuilding,
    judge_division,
)


def decide(*, is_known: bool, holds: bool, fails: bool) -> StatementVerdict:
    """Return the verdict: a sentence that neither holds nor fails has a condition."""
    if not is_known:
        return StatementVerdict.NOT_MEASURED
    if holds:
        return StatementVerdict.HOLDS
    return StatementVerdict.FAILS if fails else StatementVerdict.HOLDS_ONLY


def _judge_step_times(base: Statement, run: Run | None) -> Statement:
    """Return a statement that holds where static modes are faster than eager code."""
    if run is None:
        return base
    times = compare_with_eager(run)
    groups = {verdict: times.select(verdict) for verdict in SHOWN}
    faster = groups[TimingVerdict.FASTER]
    known = sum(map(len, groups.values()))
    if not known:
        return base
    prose = [
        "Static modes compared with eager code of the framework, by workload: "
        f"{format_count(known, 'pair')}; "
        + "; ".join(f"{SHOWN[v]}: {len(places)}" for v, places in groups.items())
        + "."
    ]
    if faster:
        best = min(faster, key=lambda place: times.ratios[place].estimate)
        prose.append(
            f"The largest gain is that of {_join_places([best])}: its step takes "
            f"{_show(times.ratios[best])} of the time of eager code."
        )
    prose += [
        f"{_capitalize(SHOWN[verdict])}: {_join_places(places)}."
        for verdict, places in groups.items()
        if places and verdict is not TimingVerdict.FASTER
    ]
    if len(groups[TimingVerdict.INCONCLUSIVE]) == known:
        verdict = StatementVerdict.NOT_DECIDED
    else:
        verdict = decide(is_known=True, holds=len(faster) == known, fails=not faster)
    return replace(
        base,
        verdict=verdict,
        condition="the pair is " + _join_places(faster, "or"),
        prose=tuple(prose),
        tables=(_tabulate_ratios(run, times.ratios),),
    )


def _describe_eager_cells(run: Run) -> str:
    """Return how many networks each framework's eager code runs."""
    sentences = []
    for variant in EAGER:
        mine = [cell for cell in run.record.cells if cell.variant == variant]
        ran = [cell for cell in mine if cell.status is Status.OK]
        if mine:
            networks = format_count(len(mine), "network")
            sentences.append(f"{variant} runs {len(ran)} of {networks}.")
    return " ".join(sentences)


def _list_deployed(rows: Iterable[DeployRow], framework: str) -> list[str]:
    """Return the formats that agree without Python or without the framework."""
    forms = [
        row
        for row in rows
        if row.framework == framework and not (row.needs_python and row.needs_framework)
    ]
    right = {row.format for row in forms if is_right(row)}
    return sorted(right - {row.format for row in forms if is_wrong(row)})


def _name_export(row: DeployRow) -> str:
    return f"{row.framework}/{row.format} of {row.workload}"


def _join_groups(groups: dict[Comparison, list[str]]) -> str:
    return "; ".join(f"{name}: {_join(each)}" for name, each in groups.items() if each)


def _join_places(places: Iterable[Place], conjunction: str = "and") -> str:
    names = [f"{variant} on {workload}" for workload, variant in places]
    return _join(names, conjunction)


def _capitalize(text: str) -> str:
    """Return a text with a capital; names such as ONNX keep theirs."""
    return text[0].upper() + text[1:]


def _join(words: Iterable[str], conjunction: str = "and") -> str:
    words = list(words)
    return join_words(words, conjunction=conjunction) if words else "none"


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
