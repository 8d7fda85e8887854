"""The computational graphs of a lesson's programs, side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from compare.contract import GraphStage
from compare.graphs.normal import normalize
from compare.graphs.operations import CommonOperation
from compare.graphs.pictures.picture import picture_graph, picture_pair
from compare.graphs.pictures.sides import Shown, pair_shown
from compare.study.program import repository_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compare.contract import CapturedGraph, GraphNode
    from compare.graphs.pictures.picture import GraphPicture
    from compare.study.lesson import LessonEntry
    from compare.study.results import LessonResults
    from compare.study.site.columns import FrameworkColumn

IDENT = "drawn"


@dataclass(frozen=True, kw_only=True)
class LessonGraph:
    """The drawings of a lesson's graphs, or why there is none.

    Each graph after the first is drawn next to the first.
    """

    pictures: tuple[GraphPicture, ...]
    is_captured: bool  # the programs capture graphs; else what they ran was recorded
    reasons: tuple[str, ...]


def build_graph(
    entry: LessonEntry, results: LessonResults, columns: Sequence[FrameworkColumn]
) -> LessonGraph:
    """Return the graphs of all programs that recorded one."""
    shown: list[Shown] = []
    reasons: dict[str, None] = {}
    for column in columns:
        graph = results.graph(entry.name, column.framework.name)
        if graph is None:
            reasons[column.result.graph_reason or column.result.reason] = None
        elif graph.nodes:
            shown.append(_show(graph, entry, column))
    return LessonGraph(
        pictures=tuple(_draw(shown)),
        is_captured=any(each.stage is GraphStage.CAPTURED for each in shown),
        reasons=tuple(reasons),
    )


def _show(graph: CapturedGraph, entry: LessonEntry, column: FrameworkColumn) -> Shown:
    """Return a graph in normal form; its lines are those of the program.

    Arrays of a program are its inputs: what depends on them is no constant.
    """
    path = PurePosixPath(repository_path(entry.name, framework=column.framework.name))
    nodes = tuple(
        replace(
            node,
            file=str(path) if node.file else "",
            common=CommonOperation.INPUT if _is_data(node) else node.common,
        )
        for node in graph.nodes
    )
    return Shown(
        variant=column.title,
        stage=graph.stage,
        graph=normalize(replace(graph, nodes=nodes)),
    )


def _is_data(node: GraphNode) -> bool:
    return node.common == CommonOperation.CONSTANT and bool(node.shape)


def _draw(shown: Sequence[Shown]) -> Iterator[GraphPicture]:
    match shown:
        case []:
            return
        case [only]:
            pictures = [picture_graph(only, ident=IDENT)]
        case [first, *others]:
            pictures = [
                picture_pair(pair_shown(first, other), ident=f"{IDENT}{number or ''}")
                for number, other in enumerate(others)
            ]
            # The first graph is listed once.
            pictures[1:] = [
                replace(each, listings=each.listings[1:]) for each in pictures[1:]
            ]
    for each in pictures:
        yield replace(each, draw=cache(each.draw))  # for the page of each language
