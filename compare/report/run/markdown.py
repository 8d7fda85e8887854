"""The report as Markdown: without charts, for example for an issue tracker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.render.visible import make_visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from compare.render.table import Table, Value
    from compare.report.run.cautions import Caution
    from compare.report.run.outline import Outline
    from compare.report.run.section import Passage, Section

# Characters with a meaning in Markdown or in the HTML inside it.
ESCAPES = str.maketrans(
    {
        "|": r"\|",
        "\\": r"\\",
        "`": r"\`",
        "*": r"\*",
        "_": r"\_",
        "[": r"\[",
        "#": r"\#",
        "~": r"\~",
        "@": "&#64;",  # mentions no user
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
    }
)


def render_markdown(outline: Outline) -> str:
    """Return the whole report as Markdown."""
    blocks = [
        f"# graph-compare: {escape(outline.title)}",
        escape(" \N{MIDDLE DOT} ".join(outline.facts)),
        *_render_cautions(each for each in outline.cautions if each.is_first),
        *_render_answers(outline),
        *_render_cautions(each for each in outline.cautions if not each.is_first),
    ]
    for section in outline.sections:
        blocks += _render_section(section)
    return "\n\n".join(blocks) + "\n"


def escape(text: str) -> str:
    """Return text on one line, so that Markdown shows it unchanged."""
    return "<br>".join(make_visible(text).translate(ESCAPES).splitlines())


def render_table(table: Table) -> str:
    """Return a table in GitHub's Markdown."""
    marks = ["---:" if column.kind == "number" else "---" for column in table.columns]
    rows = [
        _render_row([escape(column.title) for column in table.columns]),
        _render_row(marks),
        *(_render_row([_render_cell(value) for value in row]) for row in table.rows),
    ]
    return "\n".join(rows)


def _render_answers(outline: Outline) -> Iterator[str]:
    for answer in outline.answers:
        question = f"**{escape(answer.question)}**"
        if len(answer.sentences) == 1:
            yield f"{question} {escape(answer.text)}"
        else:
            yield question
            yield "\n".join(f"- {escape(sentence)}" for sentence in answer.sentences)


def _render_cautions(cautions: Iterable[Caution]) -> Iterator[str]:
    for caution in cautions:
        yield f"> {escape(caution.text)}"
        if caution.command:
            yield _render_code(caution.command)


def _render_section(section: Section) -> Iterator[str]:
    yield f"## {escape(section.title)}"
    if section.intro:
        yield escape(section.intro)
    for code in section.code:
        yield from _fold(code.caption, [_render_code(code.text)])
    for passage in section.passages:
        yield from _render_passage(passage)
    figure_tables = [figure.table for figure in section.figures if figure.table]
    for table in (*figure_tables, *section.tables):
        yield from _render_captioned(table)
    for table in section.folded:
        yield from _fold(table.caption, _render_captioned(table, caption=False))


def _render_passage(passage: Passage) -> Iterator[str]:
    blocks = (escape(" ".join(passage.sentences)), *_render_captioned(passage.table))
    if passage.is_folded:
        yield from _fold(passage.heading, blocks)
    else:
        yield from (f"### {escape(passage.heading)}", *blocks)


def _fold(caption: str, blocks: Iterable[str]) -> Iterator[str]:
    """Yield blocks folded under a caption, or unfolded if there is no caption."""
    if caption:
        yield f"<details><summary>{escape(caption)}</summary>"
    yield from blocks
    if caption:
        yield "</details>"


def _render_captioned(table: Table, *, caption: bool = True) -> Iterator[str]:
    if caption:
        yield f"**{escape(table.caption)}**"
    yield render_table(table) if table.rows else "Nothing was recorded."
    if table.note:
        yield escape(table.note)


def _render_cell(value: Value) -> str:
    text = escape(value.text)
    return f"**{text}**" if value.tone in ("bad", "caution") else text


def _render_row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _render_code(text: str) -> str:
    """Return a code block whose fence does not occur in the text."""
    text, fence = make_visible(text), "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{text}\n{fence}"
