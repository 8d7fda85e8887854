"""The sections of the report of a run, in reading order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.render.format import format_percent
from compare.render.glossary import tabulate_glossary
from compare.report.agreement import sections as agreement_sections
from compare.report.check.fixes import build_fix_section
from compare.report.learning import tables as learning_tables
from compare.report.run import tables
from compare.report.run.break_tables import tabulate_breaks
from compare.report.run.figures import make_learning_figure
from compare.report.run.section import Code, Section
from compare.report.timing import cost_tables, figures, verdict_tables
from compare.report.timing.grid_figures import make_grid_figures
from compare.report.timing.grid_tables import tabulate_grid
from compare.report.timing.layer_tables import tabulate_layers
from compare.report.timing.pair_tables import tabulate_installations
from compare.report.timing.price_tables import tabulate_price, tabulate_workloads
from compare.report.timing.profile_tables import sum_times_by_kind, tabulate_profiles
from compare.report.timing.scaling_tables import tabulate_scaling
from compare.report.timing.sweep_tables import tabulate_sweep
from compare.runs.captured import read_cell_graphs
from compare.timing import stopping
from compare.wording import format_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from compare.contract import CapturedGraph
    from compare.report.run.figures import Figure
    from compare.results.cells import CellGroup
    from compare.results.grid import Grid
    from compare.results.layers import LayerCost
    from compare.results.pairs import TimedPair
    from compare.results.scaling import Scaling
    from compare.results.sweep import Sweep
    from compare.runs.folder import Run

MAX_UNFOLDED_PROFILES = 2  # per workload: the kinds, and the first pair of variants


@dataclass(frozen=True, kw_only=True)
class Swept:
    """What a run shows over several values of one size, and of two, and of layers."""

    sweeps: tuple[Sweep, ...] = ()
    scaling: tuple[Scaling, ...] = ()  # of a sweep of numbers of replicas
    grids: tuple[Grid, ...] = ()
    layers: tuple[LayerCost, ...] = ()
    installations: tuple[TimedPair, ...] = ()


def build_sections(
    run: Run, groups: Sequence[CellGroup], *, swept: Swept, is_interim: bool = False
) -> tuple[Section, ...]:
    """Return every section that applies to a run.

    While a run goes on (`is_interim`), the sections with the tables of every check are
    left out: they change little from launch to launch, and take long.
    """
    timed = bool(run.record.request.launches)
    return (
        _build_verdicts(groups),
        *agreement_sections.difference_section(groups),
        *_build_scaling(swept.scaling),
        *_build_sweeps(run, swept.sweeps),
        *_build_grids(swept.grids),
        *_build_installations(groups, swept.installations),
        *_build_layers(swept.layers),
        *((_build_steady_state(run, groups),) if timed else ()),
        *((_build_break_even(groups),) if timed else ()),
        *_build_profiles(run, groups),
        *(() if is_interim else agreement_sections.agreement_sections(run, groups)),
        *((_build_start(groups), _build_memory(groups)) if timed else ()),
        *(() if is_interim else _build_learning(run, groups)),
        *_build_graphs(run, groups),
        *_build_breaks(run),
        *build_fix_section(run),
        *(() if is_interim else _build_stored_graphs(run)),
        _build_missing(groups),
        _build_environment(run),
        build_glossary_section(),
        _build_repeat(run),
    )


def _build_verdicts(groups: Sequence[CellGroup]) -> Section:
    return Section(
        ident="verdicts",
        title="Verdicts",
        intro="One row per cell. Compare figures only with regard to what a variant "
        "captures: a scripted forward pass and a captured training step are different "
        "things.",
        tables=tuple(map(verdict_tables.tabulate_verdicts, groups)),
    )


def _build_scaling(scaling: Sequence[Scaling]) -> Iterator[Section]:
    """Yield the section on numbers of replicas."""
    if scaling:
        yield Section(
            ident="scaling",
            title="How the step time scales with replicas",
            intro="Data-parallel training: replicas of the model share each batch and "
            "combine their gradients. Each replica has its own threads and processors.",
            figures=_drop_missing(map(figures.make_scaling_figure, scaling)),
            tables=tuple(map(tabulate_scaling, scaling)),
        )


def _build_sweeps(run: Run, sweeps: Sequence[Sweep]) -> Iterator[Section]:
    """Yield the section on a size that was swept."""
    if sweeps:
        size = run.record.request.swept_size
        yield Section(
            ident="sweep",
            title=f"How step times depend on {size}",
            intro=f"The same workload with several values of {size}. Where the line of "
            "a variant crosses 1, it changes from more to less time than the baseline, "
            "or back.",
            figures=_drop_missing(
                make(each)
                for each in sweeps
                for make in (figures.make_sweep_figure, figures.make_price_figure)
            ),
            tables=(
                *tabulate_workloads(sweeps),
                *(table for each in sweeps for table in tabulate_sweep(each)),
                *(table for each in sweeps for table in tabulate_price(each)),
            ),
        )


def _build_grids(grids: Sequence[Grid]) -> Iterator[Section]:
    """Yield the section on two sizes that were swept together."""
    if grids:
        yield Section(
            ident="grid",
            title="Where each variant is the fastest",
            intro="Every combination of two sizes. A step has a fixed cost, and a cost "
            "for each unit of the first size. Of this cost, the bare kernel is the "
            "computation, and the rest is dispatch. Fusion removes dispatch and memory "
            "traffic.",
            figures=tuple(each for grid in grids for each in make_grid_figures(grid)),
            tables=tuple(table for grid in grids for table in tabulate_grid(grid)),
        )


def _build_installations(
    groups: Sequence[CellGroup], pairs: Sequence[TimedPair]
) -> Iterator[Section]:
    """Yield the section on several installations of a framework."""
    if found := tuple(tabulate_installations(pairs, groups)):
        yield Section(
            ident="installations",
            title="Installations",
            intro="The same mode in several versions or interpreters.",
            tables=found,
        )


def _build_layers(costs: Sequence[LayerCost]) -> Iterator[Section]:
    """Yield the section on libraries that run on another framework of the run."""
    if costs:
        yield Section(
            ident="layers",
            title="What the layer above costs",
            intro="A library that runs on another framework, next to that framework "
            "itself: the same workload, eager with eager, and compiled with the mode "
            "that captures the training step.",
            tables=tuple(tabulate_layers(costs)),
        )


def _build_steady_state(run: Run, groups: Sequence[CellGroup]) -> Section:
    limits = tables.describe_limits(run)
    return Section(
        ident="steady-state",
        title="Step time in steady state",
        intro="Ratios of step times to the baseline's, measured in the same rounds, "
        f"with 95% intervals over launches.{_describe_interim_looks(run)}",
        figures=_drop_missing(map(figures.make_ratio_figure, groups)),
        folded=(
            *(verdict_tables.tabulate_steady_state(g, limits=limits) for g in groups),
            *map(verdict_tables.tabulate_ranking, groups),
        ),
    )


def _describe_interim_looks(run: Run) -> str:
    """Return how stopping at a precision changes the intervals; empty without it."""
    looks = stopping.interim_looks(run.record.request)
    if not looks:
        return ""
    level = format_percent(1 - stopping.alpha_per_look(run.record.request), digits=4)
    return (
        f" Intervals are corrected for up to {format_count(len(looks), 'interim look')}"
        f" at their width: each is a {level} interval, so that all looks together keep "
        "95%."
    )


def _build_break_even(groups: Sequence[CellGroup]) -> Section:
    return Section(
        ident="break-even",
        title="When a graph pays back",
        intro="Total time by number of steps. Where the line of a variant crosses "
        "below the line of the baseline, the graph has paid for its start (break-"
        "even).",
        figures=_drop_missing(map(figures.make_break_even_figure, groups)),
        folded=tuple(map(cost_tables.tabulate_cumulative_time, groups)),
    )


def _build_profiles(run: Run, groups: Sequence[CellGroup]) -> Iterator[Section]:
    """Yield the section on profiles if steps were profiled."""
    profiled = [found for group in groups if (found := tabulate_profiles(run, group))]
    if profiled:
        yield Section(
            ident="profiles",
            title="Where the time goes",
            intro="From each framework's own profiler, after the timing. The self time "
            "of an operation excludes the operations that it calls. Time outside "
            "operations is spent in Python, dispatch and bookkeeping; the self time of "
            "an operation named training step is mostly Python. The traces in "
            "profiles/ open in Perfetto (ui.perfetto.dev) and in chrome://tracing.",
            tables=tuple(
                table for found in profiled for table in found[:MAX_UNFOLDED_PROFILES]
            ),
            folded=tuple(
                table for found in profiled for table in found[MAX_UNFOLDED_PROFILES:]
            ),
        )


def _build_learning(run: Run, groups: Sequence[CellGroup]) -> Iterator[Section]:
    """Yield the section on learning curves if a workload was trained to the end."""
    learned = [
        (group, rows)
        for group in groups
        if len(rows := learning_tables.select_learning(run, group))
    ]
    if learned:
        yield Section(
            ident="learning",
            title="Learning curves",
            intro="Complete trainings from the same initial parameters, on the same "
            "data in the same order. The curves should be identical up to rounding.",
            figures=_drop_missing(
                make_learning_figure(group, learning=rows) for group, rows in learned
            ),
            tables=tuple(
                learning_tables.tabulate_spreads(rows, workload=group.heading)
                for group, rows in learned
            ),
            folded=tuple(
                learning_tables.tabulate_curves(rows, workload=group.heading)
                for group, rows in learned
            ),
        )


def _build_start(groups: Sequence[CellGroup]) -> Section:
    return Section(
        ident="start",
        title="Start costs",
        intro="Time from the start of the process to the end of the first training "
        "step. The first call is that step; it includes tracing and compiling.",
        figures=_drop_missing(map(figures.make_start_figure, groups)),
        folded=tuple(map(cost_tables.tabulate_start_costs, groups)),
    )


def _build_memory(groups: Sequence[CellGroup]) -> Section:
    return Section(
        ident="memory",
        title="Memory",
        intro="Importing a framework takes memory before any model exists, so both "
        "are shown.",
        figures=_drop_missing(map(figures.make_memory_figure, groups)),
        folded=tuple(map(cost_tables.tabulate_memory, groups)),
    )


def _build_graphs(run: Run, groups: Sequence[CellGroup]) -> Iterator[Section]:
    """Yield the section on captured graphs if workers reported them."""
    if run.record.starts:
        yield Section(
            ident="graphs",
            title="Captured graphs",
            intro="The graphs that each mode built, as reported by its framework.",
            tables=tuple(
                cost_tables.tabulate_graphs(group, starts=run.record.starts)
                for group in groups
            ),
        )


def _build_stored_graphs(run: Run) -> Iterator[Section]:
    """Yield one section per workload whose graphs were stored."""
    # Only reports with graphs need networkx.
    from compare.report.graphs.section import build_graph_section  # noqa: PLC0415

    stored: dict[str, dict[str, list[CapturedGraph]]] = {}
    for cell in run.record.cells:
        if graphs := read_cell_graphs(run.folder, cell):
            stored.setdefault(cell.workload, {})[cell.variant] = graphs
    for workload, variants in stored.items():
        yield build_graph_section(
            variants,
            workload=workload,
            ident=f"graphs-{workload}",
            times=sum_times_by_kind(run, workload),
        )


def _build_breaks(run: Run) -> Iterator[Section]:
    """Yield the section on graph breaks if any were found."""
    if found := tabulate_breaks(run.breaks):
        yield Section(
            ident="breaks",
            title="Graph breaks and recaptures",
            intro="Where a mode left its graph, captured it again, or refused the "
            "code: the line, the framework's reason, and its advice.",
            tables=(found,),
        )


def _build_missing(groups: Sequence[CellGroup]) -> Section:
    table = tables.tabulate_missing(groups)
    return Section(
        ident="not-run",
        title="What did not run",
        intro="" if table else "Every cell of this run has a result.",
        tables=(table,) if table else (),
    )


def _build_environment(run: Run) -> Section:
    return Section(
        ident="environment",
        title="Environment and settings",
        intro="Figures of different machines are not comparable. A setting that "
        "several frameworks have was set to the same value in each of them.",
        tables=(
            tables.tabulate_environment(run.record.environment),
            *tables.tabulate_machines(run),
            *tables.tabulate_limits(run),
            tables.tabulate_settings(run.record.settings),
        ),
    )


def build_glossary_section() -> Section:
    """Return the section that explains the terms of a report."""
    return Section(
        ident="reading",
        title="How to read this",
        intro="",
        tables=(tabulate_glossary(),),
    )


def _build_repeat(run: Run) -> Section:
    return Section(
        ident="repeat",
        title="Time spent, and how to repeat it",
        intro="This command repeats the run. The request lists how the suite and "
        "--data configured each workload.",
        code=(
            Code(text=tables.format_command(run)),
            Code(
                text=tables.format_request(run), caption="The request, as in run.json"
            ),
        ),
        tables=(tables.tabulate_phases(run),),
    )


def _drop_missing(found: Iterable[Figure | None]) -> tuple[Figure, ...]:
    return tuple(figure for figure in found if figure)
