"""The section of a report on the graphs of its variants, and the page of a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.graphs.joining import list_stages
from compare.graphs.pictures.layout import LONG_EDGE
from compare.graphs.pictures.picture import picture_graph, picture_pair
from compare.graphs.pictures.sides import (
    pair_shown,
    pair_stages,
    show_stage,
)
from compare.graphs.pictures.tables import (
    tabulate_kind_times,
    tabulate_kinds,
    tabulate_pair,
    tabulate_stages,
)
from compare.report.run.section import Section

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from compare.contract import CapturedGraph, GraphStage
    from compare.graphs.pictures.picture import GraphPicture
    from compare.graphs.pictures.sides import GraphPair, Shown
    from compare.render.table import Table

    Variants = Mapping[str, Sequence[CapturedGraph]]
    Times = Mapping[str, Mapping[str, float]]

MAX_ON_PAGE = 4000  # nodes that are drawn in one section
INTRO = (
    "Each node is an operation, in a form that all frameworks share. A node links to "
    "its partner in the other graph. A dashed line connects nodes that are more than "
    f"{LONG_EDGE} rows apart."
)


def build_graph_section(
    variants: Variants,
    *,
    workload: str,
    ident: str,
    stage: GraphStage | None = None,
    times: Times | None = None,
) -> Section:
    """Return the section on the graphs of one workload.

    Two variants are compared with each other, one variant before and after its
    optimizer. With more variants, the first is compared with each other one, and every
    variant that has both stages with itself.

    Args:
        variants: variant -> its graphs, in the order of tables.
        workload: what was captured.
        ident: unique on the page.
        stage: the stage that variants are compared at; without one, the first of each.
        times: variant -> kind of node -> self time of a profiled step, in nanoseconds.

    Raises:
        UsageError: a variant has no graph of this stage that can be shown.
    """
    shown, pairs = collect_shown(variants, stage)
    pictures = tuple(_list_pictures(shown, pairs, ident=ident))
    return Section(
        ident=ident,
        title=f"Graphs of {workload}",
        intro=INTRO,
        tables=list_tables(variants, pairs, times),
        pictures=pictures,
    )


def collect_shown(
    variants: Variants, stage: GraphStage | None
) -> tuple[list[Shown], list[GraphPair]]:
    """Return the graphs that can be shown, and what is compared."""
    able = {name: graphs for name, graphs in variants.items() if list_stages(graphs)}
    shown = [show_stage(name, graphs, stage) for name, graphs in able.items()]
    pairs = [pair_shown(shown[0], other) for other in shown[1:]]
    if stage is None:
        own = (pair_stages(name, graphs) for name, graphs in able.items())
        pairs.extend(pair for pair in own if pair)
    return shown, pairs


def list_tables(
    variants: Variants, pairs: Sequence[GraphPair], times: Times | None = None
) -> tuple[Table, ...]:
    """Return stages, nodes and times by kind, and one table per comparison."""
    every = [
        show_stage(variant, graphs, stage)
        for variant, graphs in variants.items()
        for stage in list_stages(graphs)
    ]
    kinds = (tabulate_kinds(every),) if every else ()
    last = {each.variant: each for each in every}  # the stage that runs
    timed = (tabulate_kind_times(last, times),) if times else ()
    return (tabulate_stages(variants), *kinds, *timed, *map(tabulate_pair, pairs))


def _list_pictures(
    shown: Sequence[Shown], pairs: Sequence[GraphPair], *, ident: str
) -> Iterator[GraphPicture]:
    """Yield drawings as long as the page has room for their nodes."""
    room = MAX_ON_PAGE
    for number, pair in enumerate(pairs):
        room -= len(pair.left.graph) + len(pair.right.graph)
        if room >= 0 or number == 0:
            yield picture_pair(pair, ident=f"{ident}-{number}-")
    if not pairs:
        for number, each in enumerate(shown):
            yield picture_graph(each, ident=f"{ident}-{number}-")
