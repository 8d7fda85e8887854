"""Tables of graphs: stages, nodes by kind, and the result of a comparison."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from compare.graphs.attributes import (
    format_shape,
    format_source,
    list_arguments,
    sort_nodes,
)
from compare.graphs.matching import NodeMatch
from compare.graphs.normal import get_kind, get_node, normalize
from compare.render.format import format_nanoseconds
from compare.render.table import Field, Table, tabulate
from compare.wording import format_count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from compare.contract import CapturedGraph
    from compare.graphs.normal import Graph
    from compare.graphs.pictures.sides import GraphPair, Shown

    _Counts = Counter[tuple[str, NodeMatch]]

ARROW = "\N{LEFTWARDS ARROW}"
NORMAL_FORM = (
    "Nodes in normal form: operations that pass a value on unchanged and scalar "
    "constants are left out."
)
TIMES = (
    "Self time of a profiled step, by the framework's own profiler, next to the nodes "
    "of the graph that runs. A profiler does not name nodes: the time is that of all "
    "operations of a kind. Python, dispatch and operations without a common name are "
    "left out."
)


@dataclass(frozen=True, kw_only=True)
class _Stage:
    variant: str
    graph: CapturedGraph

    @property
    def normal(self) -> Graph | None:
        return None if self.graph.reason else normalize(self.graph)


def tabulate_stages(variants: Mapping[str, Sequence[CapturedGraph]]) -> Table:
    """Return one row per graph: its stage, its size, or why it is not shown."""
    return tabulate(
        "Graphs of each variant",
        fields=(
            Field(title="variant", show=lambda row: row.variant, kind="word"),
            Field(title="stage", show=lambda row: str(row.graph.stage), kind="word"),
            Field(title="graph", show=lambda row: row.graph.title, kind="prose"),
            Field(
                title="nodes",
                show=lambda row: (
                    "" if row.graph.reason else f"{len(row.graph.nodes):,}"
                ),
            ),
            Field(
                title="normal form",
                show=lambda row: "" if row.normal is None else f"{len(row.normal):,}",
            ),
            Field(
                title="not shown, because",
                show=lambda row: row.graph.reason,
                kind="prose",
                optional=True,
            ),
        ),
        items=[
            _Stage(variant=variant, graph=graph)
            for variant, graphs in variants.items()
            for graph in graphs
        ],
        note=NORMAL_FORM,
    )


def tabulate_kinds(shown: Sequence[Shown]) -> Table:
    """Return the number of nodes of each kind, one column per graph."""
    counts = [count_kinds(each.graph) for each in shown]
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return tabulate(
        "Nodes by kind",
        fields=(
            Field(title="kind", show=str, kind="word"),
            *(
                Field(title=one.title, show=partial(_show_count, count))
                for one, count in zip(shown, counts, strict=True)
            ),
        ),
        items=[kind for kind, _ in total.most_common()],
    )


def tabulate_kind_times(
    last: Mapping[str, Shown], times: Mapping[str, Mapping[str, float]]
) -> Table:
    """Return nodes and self time of each kind, two columns per profiled variant.

    Args:
        last: variant -> its graph at its last stage.
        times: variant -> kind -> self time of a step, in nanoseconds.
    """
    total: Counter[str] = Counter()
    for by_kind in times.values():
        total.update(by_kind)
    return tabulate(
        "Nodes and time by kind",
        fields=(
            Field(title="kind", show=str, kind="word"),
            *(
                field
                for variant, by_kind in times.items()
                if variant in last
                for field in (
                    Field(
                        title=f"{variant}: nodes",
                        show=partial(_show_count, count_kinds(last[variant].graph)),
                    ),
                    Field(title=f"{variant}: time", show=partial(_show_time, by_kind)),
                )
            ),
        ),
        items=[kind for kind, _ in total.most_common()],
        note=TIMES,
    )


def tabulate_pair(pair: GraphPair) -> Table:
    """Return how many nodes of each kind are matched, fused, folded or unmatched."""
    left = _count_statuses(pair.left.graph, pair.matching.left)
    right = _count_statuses(pair.right.graph, pair.matching.right)
    sizes: Counter[str] = Counter()
    for (kind, _), count in (*left.items(), *right.items()):
        sizes[kind] += count
    return tabulate(
        f"Left: {pair.left.title}. Right: {pair.right.title}",
        fields=(
            Field(title="kind", show=str, kind="word"),
            *(
                Field(
                    title=str(status),
                    show=partial(_show_status, left, right, status),
                )
                for status in NodeMatch
            ),
        ),
        items=[kind for kind, _ in sizes.most_common()],
        note="Fused and folded: left | right.",
    )


def _show_count(counts: Mapping[str, int], kind: str) -> str:
    return f"{counts[kind]:,}" if counts.get(kind) else ""


def _show_time(times: Mapping[str, float], kind: str) -> str:
    return format_nanoseconds(times[kind]) if kind in times else ""


def _show_status(left: _Counts, right: _Counts, status: NodeMatch, kind: str) -> str:
    """Return a count; of both sides where a status has another one on each."""
    ours, theirs = left[kind, status], right[kind, status]
    if not ours and not theirs:
        return ""
    if status in {NodeMatch.FUSED, NodeMatch.FOLDED}:
        return f"{ours:,} | {theirs:,}"
    return f"{max(ours, theirs):,}"


def describe_pair(pair: GraphPair) -> str:
    """Return one sentence with the counts of a comparison."""
    matching = pair.matching
    ours, theirs = Counter(matching.left.values()), Counter(matching.right.values())
    folded = (
        f"{ours[NodeMatch.FOLDED]:,} left and {theirs[NodeMatch.FOLDED]:,} right folded"
    )
    counts = (
        f"{format_count(ours[NodeMatch.MATCHED], 'node')} matched",
        f"{ours[NodeMatch.FUSED]:,} left fused with {theirs[NodeMatch.FUSED]:,} right",
        folded,
        f"{ours[NodeMatch.ONLY_LEFT]:,} only left",
        f"{theirs[NodeMatch.ONLY_RIGHT]:,} only right",
    )
    return f"{'; '.join(counts)}."


def count_kinds(graph: Graph) -> Counter[str]:
    """Return the number of nodes of each kind."""
    return Counter(get_kind(graph, name) for name in graph)


def list_nodes(
    graph: Graph,
    statuses: Mapping[str, NodeMatch],
    partners: Mapping[str, Sequence[str]],
    others: Graph | None,
) -> str:
    """Return one line per node: number, kind, shape, source, inputs, partners."""
    numbers = number_nodes(graph)
    other_numbers = number_nodes(others) if others is not None else {}
    return "\n".join(
        " ".join(_list_parts(graph, name, numbers, statuses, partners, other_numbers))
        for name in numbers
    )


def number_nodes(graph: Graph) -> dict[str, int]:
    """Return the number of each node in lists, from 1, in the order of computation."""
    return {name: number for number, name in enumerate(sort_nodes(graph), start=1)}


def _list_parts(  # noqa: PLR0913, PLR0917 - one line of a list
    graph: Graph,
    name: str,
    numbers: Mapping[str, int],
    statuses: Mapping[str, NodeMatch],
    partners: Mapping[str, Sequence[str]],
    other_numbers: Mapping[str, int],
) -> Iterator[str]:
    node = get_node(graph, name)
    yield f"{numbers[name]:>4} {get_kind(graph, name)}"
    if shape := format_shape(node.shape):
        yield shape
    if source := format_source(node):
        yield source
    if inputs := [str(numbers[each]) for _, each in list_arguments(graph, name)]:
        yield f"{ARROW} {','.join(inputs)}"
    if name in statuses:
        found = ",".join(str(other_numbers[each]) for each in partners.get(name, ()))
        yield f"[{statuses[name]}{f' {found}' if found else ''}]"
    if node.region in numbers:
        yield f"(in {numbers[node.region]})"


def _count_statuses(graph: Graph, statuses: Mapping[str, NodeMatch]) -> _Counts:
    return Counter((get_kind(graph, name), status) for name, status in statuses.items())
