"""The outline of a report: everything that it contains, before it is rendered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.render.format import format_percent, format_seconds
from compare.report.run import sections
from compare.report.run.answer import Answer  # noqa: TC001 - part of the outline
from compare.report.run.brief_tables import tabulate_brief
from compare.report.run.cautions import Caution, list_cautions
from compare.report.run.section import Section  # noqa: TC001 - part of the outline
from compare.report.run.sections import Swept
from compare.report.run.summary import list_answers
from compare.report.timing.grid_tables import tabulate_grid
from compare.report.timing.layer_tables import tabulate_layer_costs
from compare.report.timing.pair_tables import tabulate_installations
from compare.report.timing.price_tables import tabulate_workloads
from compare.report.timing.scaling_tables import tabulate_scaling
from compare.report.timing.sweep_tables import tabulate_sweep
from compare.results.grid import find_grids
from compare.results.joining import group_cells
from compare.results.layers import find_layer_costs
from compare.results.pairs import measure_pairs, pair_installations
from compare.results.scaling import find_scaling
from compare.results.sweep import find_sweeps
from compare.wording import format_count, join_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compare.render.table import Table
    from compare.results.cells import CellGroup
    from compare.runs.folder import Run


@dataclass(frozen=True, kw_only=True)
class Outline:
    """The contents of a report.

    Args:
        title: names what was compared.
        facts: what identifies the run: id, dtype, launches and so on.
        answers: the answers on the first screen.
        cautions: what limits the results.
        sections: the rest of the page and of the Markdown report.
        brief: the tables that a terminal shows instead of the sections.
        is_interim: the run goes on. The page has no charts, and browsers load it again.
    """

    title: str
    facts: tuple[str, ...]
    answers: tuple[Answer, ...]
    cautions: tuple[Caution, ...]
    sections: tuple[Section, ...]
    brief: tuple[Table, ...] = ()
    is_interim: bool = False


def build_outline(run: Run, *, is_interim: bool = False) -> Outline:
    """Join the tables of a run, and return the contents of its report.

    The report of a run that goes on (`is_interim`) has fewer sections.
    """
    groups = group_cells(run)
    swept = find_swept(run, groups)
    return Outline(
        title=_describe_subject(run, groups),
        facts=_list_facts(run),
        answers=list_answers(run, groups),
        cautions=list_cautions(run, groups, is_interim=is_interim),
        sections=sections.build_sections(
            run, groups, swept=swept, is_interim=is_interim
        ),
        brief=tuple(_list_brief(groups, swept)),
        is_interim=is_interim,
    )


def find_swept(run: Run, groups: Sequence[CellGroup]) -> Swept:
    """Return the sweeps, grids and layers of a run; none if it was not timed."""
    if not run.record.request.launches:
        return Swept()
    sweeps = find_sweeps(run.record, groups)
    return Swept(
        sweeps=sweeps,
        scaling=find_scaling(run, sweeps),
        grids=find_grids(run, groups),
        layers=find_layer_costs(run, groups),
        installations=measure_pairs(run, pair_installations(groups)),
    )


def _list_brief(groups: Sequence[CellGroup], swept: Swept) -> Iterator[Table]:
    """Yield the tables of sweeps, grids, layers and installations, and of workloads.

    Those of single workloads are left out if a size was swept.
    """
    yield from map(tabulate_scaling, swept.scaling)
    yield from tabulate_workloads(swept.sweeps)
    for sweep in swept.sweeps:
        yield from tabulate_sweep(sweep)
    for grid in swept.grids:
        yield from tabulate_grid(grid)
    if swept.layers:
        yield tabulate_layer_costs(swept.layers)
    for group in () if swept.sweeps or swept.grids else groups:
        yield from tabulate_brief(group)
    yield from tabulate_installations(swept.installations, groups)


def _describe_subject(run: Run, groups: Sequence[CellGroup]) -> str:
    workloads = ", ".join(dict.fromkeys(group.workload for group in groups))
    devices = join_words(run.record.request.devices, conjunction="and")
    return f"{workloads or 'no workload'} on {devices}"


def _list_facts(run: Run) -> tuple[str, ...]:
    """Return what identifies a run, for one line."""
    request = run.record.request
    threads = format_count(request.threads, "thread")
    launches = f"{_count_launches(run)} of {format_count(request.rounds, 'round')}"
    return (
        f"run {run.record.run_id}",
        f"suite {request.suite}",
        join_words(request.dtypes, conjunction="and"),
        f"{threads} per worker",
        launches if request.launches else "agreement only",
        *_list_stopping_rules(run),
        f"baseline {run.record.baseline}",
    )


def _list_stopping_rules(run: Run) -> tuple[str, ...]:
    """Return the options that replaced the suite's number of launches."""
    request = run.record.request
    budget, precision = request.budget_s, request.precision
    return (
        *((f"budget {format_seconds(budget)}",) if budget is not None else ()),
        *((f"to a precision of {format_percent(precision)}",) if precision else ()),
    )


def _count_launches(run: Run) -> str:
    """Return the number of finished launches; a range if workloads differ."""
    done = sorted({*run.record.launches_done.values()}) or [0]
    if len(done) == 1:
        return format_count(done[0], "launch", "launches")
    return f"{done[0]} to {done[-1]} launches"
