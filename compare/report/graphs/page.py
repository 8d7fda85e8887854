"""The page of ``graph-compare graph``: drawings, lists and tables of a few variants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.report.graphs.section import build_graph_section
from compare.report.run.outline import Outline
from compare.report.run.page import render_page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from compare.contract import CapturedGraph, GraphStage


def render_graphs(
    variants: Mapping[str, Sequence[CapturedGraph]],
    *,
    workload: str,
    stage: GraphStage | None = None,
) -> str:
    """Return a self-contained page on the graphs of a workload.

    Raises:
        UsageError: a variant has no graph of this stage that can be shown.
    """
    section = build_graph_section(
        variants, workload=workload, ident="graphs", stage=stage
    )
    outline = Outline(
        title=f"{workload}: {', '.join(variants)}",
        facts=(),
        answers=(),
        cautions=(),
        sections=(section,),
    )
    return render_page(outline)
