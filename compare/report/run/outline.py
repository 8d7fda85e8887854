"""The report as data: its sections in reading order, for Markdown and HTML alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.render.format import percent, seconds
from compare.report.agreement import sections
from compare.report.learning import tables as learning_tables
from compare.report.run import figures, tables
from compare.report.run.cautions import Caution, cautions
from compare.report.run.glossary import glossary
from compare.report.run.section import Code, Section
from compare.report.run.summary import Answer, answers
from compare.report.timing import cost_tables, verdict_tables
from compare.report.timing.profile_tables import profile_tables
from compare.results.joining import group_cells
from compare.timing import stopping
from compare.wording import format_count, join_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from compare.report.run.figures import Figure
    from compare.results.cells import CellGroup
    from compare.runs.folder import Run

Comparisons = tuple["CellGroup", ...]
SHOWN = 2  # of a workload's profiles: the kinds, and the first pair


@dataclass(frozen=True, kw_only=True)
class Outline:
    """Everything a report says."""

    title: str
    facts: tuple[str, ...]
    answers: tuple[Answer, ...]
    cautions: tuple[Caution, ...]
    sections: tuple[Section, ...]


def outline(run: Run) -> Outline:
    """Lay out a run."""
    compared = group_cells(run)
    timed = bool(run.record.request.launches)
    step = (_steady_state(run, compared), _break_even(compared)) if timed else ()
    costs = (_start(compared), _memory(compared)) if timed else ()
    return Outline(
        title=_title(run, compared),
        facts=_facts(run),
        answers=answers(run, compared),
        cautions=cautions(run, compared),
        sections=(
            _verdicts(compared),
            *sections.difference_section(compared),
            *step,
            *_profiles(run, compared),
            *sections.agreement_sections(run, compared),
            *costs,
            *_learning(run, compared),
            *_graphs(run, compared),
            _missing(compared),
            _circumstances(run),
            _reading(),
            _again(run),
        ),
    )


def _title(run: Run, compared: Comparisons) -> str:
    workloads = ", ".join(dict.fromkeys(each.workload for each in compared))
    devices = join_words(run.record.request.devices, conjunction="and")
    return f"{workloads or 'no workload'} on {devices}"


def _facts(run: Run) -> tuple[str, ...]:
    """One line that places the run: what precision, how often, when."""
    request = run.record.request
    threads = format_count(request.threads, "thread")
    launches = f"{_launches(run)} of {format_count(request.rounds, 'round')}"
    return (
        f"run {run.record.run_id}",
        f"suite {request.suite}",
        join_words(request.dtypes, conjunction="and"),
        f"{threads} per worker",
        launches if request.launches else "agreement only",
        *_stopped_by(run),
        f"baseline {run.record.baseline}",
    )


def _stopped_by(run: Run) -> tuple[str, ...]:
    """What decided how many launches there were, if not the suite."""
    request = run.record.request
    budget, precision = request.budget_s, request.precision
    return (
        *((f"budget {seconds(budget)}",) if budget is not None else ()),
        *((f"to a precision of {percent(precision)}",) if precision else ()),
    )


def _launches(run: Run) -> str:
    """How many there were; fewer than asked for in a run that was stopped."""
    done = sorted({*run.record.launches_done.values()}) or [0]
    if len(done) == 1:
        return format_count(done[0], "launch", "launches")
    return f"{done[0]} to {done[-1]} launches"


def _verdicts(compared: Comparisons) -> Section:
    return Section(
        ident="verdicts",
        title="Verdicts",
        intro="One row a cell. Read every figure beside what the variant captures: a "
        "scripted forward pass and a whole captured training step are different "
        "things.",
        tables=tuple(map(verdict_tables.verdicts, compared)),
    )


def _steady_state(run: Run, compared: Comparisons) -> Section:
    limits = tables.limits_in_words(run)
    return Section(
        ident="steady-state",
        title="Step time in steady state",
        intro="Ratios of step times to the baseline's, measured side by side in the "
        f"same rounds, with 95% intervals over launches.{_looked(run)}",
        figures=_present(map(figures.ratio_figure, compared)),
        folded=(
            *(verdict_tables.steady_state(c, limits=limits) for c in compared),
            *map(verdict_tables.ranking, compared),
        ),
    )


def _looked(run: Run) -> str:
    """What stopping at a precision costs, where one was asked for."""
    looks = stopping.interim_looks(run.record.request)
    if not looks:
        return ""
    each = percent(1 - stopping.alpha_per_look(run.record.request), digits=4)
    return (
        f" Measuring was to end once they were narrow enough, looked at up to "
        f"{format_count(len(looks), 'time')}: each interval is one of {each}, so that "
        "all looks together keep to 95%."
    )


def _break_even(compared: Comparisons) -> Section:
    return Section(
        ident="break-even",
        title="When a graph pays back",
        intro="What a variant has cost after so many steps. Where its line passes "
        "below the baseline's, it has paid for its start.",
        figures=_present(map(figures.break_even_figure, compared)),
        folded=tuple(map(cost_tables.cumulative, compared)),
    )


def _profiles(run: Run, compared: Comparisons) -> tuple[Section, ...]:
    """Only where steps were profiled."""
    found = [tables for c in compared if (tables := profile_tables(run, c))]
    if not found:
        return ()
    section = Section(
        ident="profiles",
        title="Where the time goes",
        intro="By each framework's own profiler, after the timing and apart from it. "
        "The self time of an operation is without that of the operations it calls. "
        "What Python, dispatch and bookkeeping take lies outside operations; that of "
        "training step itself is mostly Python's. The traces in profiles/ open in "
        "Perfetto (ui.perfetto.dev) and in chrome://tracing.",
        tables=tuple(table for tables in found for table in tables[:SHOWN]),
        folded=tuple(table for tables in found for table in tables[SHOWN:]),
    )
    return (section,)


def _learning(run: Run, compared: Comparisons) -> tuple[Section, ...]:
    """Only where a workload trained for real."""
    learned = [
        (comparison, rows)
        for comparison in compared
        if len(rows := learning_tables.select_learning(run, comparison))
    ]
    if not learned:
        return ()
    section = Section(
        ident="learning",
        title="Learning curves",
        intro="Training for real, from the same initial parameters on the same data in "
        "the same order: the curves should lie on each other.",
        figures=_present(
            figures.learning_figure(comparison, learning=rows)
            for comparison, rows in learned
        ),
        tables=tuple(
            learning_tables.tabulate_spreads(rows, workload=comparison.heading)
            for comparison, rows in learned
        ),
        folded=tuple(
            learning_tables.tabulate_curves(rows, workload=comparison.heading)
            for comparison, rows in learned
        ),
    )
    return (section,)


def _start(compared: Comparisons) -> Section:
    return Section(
        ident="start",
        title="Start costs",
        intro="What stands between starting a process and its second step. The first "
        "call is the first training step: tracing and compiling happen there.",
        figures=_present(map(figures.start_figure, compared)),
        folded=tuple(map(cost_tables.start_costs, compared)),
    )


def _memory(compared: Comparisons) -> Section:
    return Section(
        ident="memory",
        title="Memory",
        intro="Importing a framework takes memory before any model exists; both are "
        "shown.",
        figures=_present(map(figures.memory_figure, compared)),
        folded=tuple(map(cost_tables.memory, compared)),
    )


def _graphs(run: Run, compared: Comparisons) -> tuple[Section, ...]:
    if not run.record.starts:
        return ()
    section = Section(
        ident="graphs",
        title="What was captured",
        intro="The graphs that were really built, as far as each framework can tell.",
        tables=tuple(
            cost_tables.graphs(comparison, starts=run.record.starts)
            for comparison in compared
        ),
    )
    return (section,)


def _missing(compared: Comparisons) -> Section:
    table = tables.missing(compared)
    return Section(
        ident="not-run",
        title="What did not run",
        intro="" if table else "Every cell of this run has a result.",
        tables=(table,) if table else (),
    )


def _circumstances(run: Run) -> Section:
    return Section(
        ident="environment",
        title="Environment and settings",
        intro="Figures of different machines are not comparable. Settings were forced "
        "alike wherever both frameworks have them.",
        tables=(
            tables.environment(run),
            *tables.limits(run),
            tables.settings(run),
        ),
    )


def _reading() -> Section:
    return Section(
        ident="reading",
        title="How to read this",
        intro="",
        tables=(glossary(),),
    )


def _again(run: Run) -> Section:
    return Section(
        ident="repeat",
        title="Time spent, and how to repeat it",
        intro="The command asks for the same again. How the suite and --data "
        "configured each workload stands in the request.",
        code=(
            Code(text=tables.command(run)),
            Code(text=tables.request(run), caption="The request, as in run.json"),
        ),
        tables=(tables.phases(run),),
    )


def _present(drawn: Iterable[Figure | None]) -> tuple[Figure, ...]:
    return tuple(figure for figure in drawn if figure)
