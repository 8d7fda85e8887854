"""A comparison as HTML for a notebook: no script, the notebook's own colours."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from compare.notebook.chart import build_chart
from compare.notebook.text import (
    describe_break,
    describe_captured_graph,
    describe_check,
    describe_times,
    explain_verdict,
    format_difference,
    note_left_out,
    select_listed,
    state_verdict,
)
from compare.render.charts import Chart, Drawing, draw_charts
from compare.render.format import format_number
from compare.render.svg import CHARTS_ARE_INSTALLED, NOT_INSTALLED
from compare.render.table import Field, tabulate
from compare.runs.words import Verdict

if TYPE_CHECKING:
    import jinja2

    from compare.notebook.facts import ComparedDtype, ComparedTensor, ComparisonFacts
    from compare.render.table import Table

TEMPLATES = Path(__file__).parent / "templates"
MARKS = {Verdict.AGREES: "\N{CHECK MARK}", Verdict.DISAGREES: "\N{BALLOT X}"}
FIELDS: tuple[Field[ComparedTensor], ...] = (
    Field(title="tensor", show=lambda t: t.quantity, kind="word"),
    Field(title="verdict", show=lambda t: mark_verdict(t.verdict), kind="word"),
    Field(title="largest difference", show=format_difference),
    Field(title="tolerance", show=lambda t: format_number(t.tolerance)),
    Field(title="difference / tolerance", show=lambda t: format_number(t.share)),
    Field(title="why", show=lambda t: t.reason, kind="prose", optional=True),
)


def render_comparison(facts: ComparisonFacts) -> str:
    """Return a comparison as HTML."""
    drawing = draw_comparison(facts)
    return load_page_template().render(
        verdict=mark_verdict(facts.verdict, state_verdict(facts)),
        evidence=list(explain_verdict(facts)),
        checks=[
            (tabulate_check(c) if c.tensors else None, describe_check(c), c)
            for c in facts.checks
        ],
        note=note_left_out,
        captures=[
            (
                describe_captured_graph(c),
                [describe_break(b) for b in c.breaks + c.recaptures],
            )
            for c in facts.captures
        ],
        times=list(describe_times(facts)),
        drawing=drawing,
        label=f"Chart of the comparison of {facts.a} and {facts.b}: the tables have "
        "the same numbers",
    )


def mark_verdict(verdict: Verdict, text: str = "") -> str:
    """Return a verdict or a sentence on it, with a mark that repeats it."""
    return f"{MARKS.get(verdict, '?')} {text or verdict}"


def tabulate_check(check: ComparedDtype) -> Table:
    """Return the comparison of each tensor in one dtype."""
    items = select_listed(check)
    return tabulate(describe_check(check), fields=FIELDS, items=items)


def draw_comparison(facts: ComparisonFacts) -> Drawing | None:
    """Return the chart as SVG, or why it could not be drawn; None without data."""
    spec = build_chart(facts)
    if spec is None:
        return None
    if not CHARTS_ARE_INSTALLED:
        return Drawing(reason=NOT_INSTALLED)
    (drawing,) = draw_charts([Chart(spec=spec, ident="comparison")])
    return drawing


@cache
def load_page_template() -> jinja2.Template:
    """Return the template. All text in it is escaped."""
    from compare.render.templating import load_environment  # noqa: PLC0415 - heavy

    return load_environment(TEMPLATES).get_template("comparison.html")
