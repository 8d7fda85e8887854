"""Write the graphs of a command: a page, or files for other viewers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from compare.graphs.dot import format_dot
from compare.graphs.model_explorer import format_model_explorer
from compare.graphs.netron import format_netron

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from compare.graphs.matching import NodeMatch
    from compare.graphs.pictures.sides import GraphPair, Shown


class Format(StrEnum):
    """The formats of files with graphs."""

    HTML = "html"
    DOT = "dot"
    MODEL_EXPLORER = "model-explorer"
    NETRON = "netron"


@dataclass(frozen=True, kw_only=True)
class File:
    """A file to write: its name and its text."""

    name: str
    text: str


def list_files(
    chosen: Format, shown: Sequence[Shown], pairs: Sequence[GraphPair]
) -> list[File]:
    """Return the files of a format other than HTML.

    One file per graph; for Model Explorer, one with all graphs. Nodes have the result
    of the first comparison that contains their graph.
    """
    graphs = {name_graph(each): each.graph for each in _list_graphs(shown, pairs)}
    statuses = _find_statuses(pairs)
    if chosen is Format.MODEL_EXPLORER:
        text = format_model_explorer(graphs, statuses)
        return [File(name="model-explorer.json", text=text)]
    suffix, write = {
        Format.DOT: ("dot", format_dot),
        Format.NETRON: ("pbtxt", format_netron),
    }[chosen]
    return [
        File(name=f"{name}.{suffix}", text=write(graph, statuses.get(name)))
        for name, graph in graphs.items()
    ]


def name_graph(shown: Shown) -> str:
    """Return the name of the file of a graph, without suffix."""
    return re.sub(r"[^\w.-]+", "-", f"{shown.variant}-{shown.stage}")


def _list_graphs(shown: Sequence[Shown], pairs: Sequence[GraphPair]) -> list[Shown]:
    return [*shown, *(side for pair in pairs for side in (pair.left, pair.right))]


def _find_statuses(pairs: Sequence[GraphPair]) -> Mapping[str, Mapping[str, NodeMatch]]:
    found: dict[str, Mapping[str, NodeMatch]] = {}
    for pair in pairs:
        found.setdefault(name_graph(pair.left), pair.matching.left)
        found.setdefault(name_graph(pair.right), pair.matching.right)
    return found
