"""The report as Markdown: the same answer, tables only, to be pasted into an issue."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from compare.render.table import Table, Value
    from compare.report.run.cautions import Caution
    from compare.report.run.outline import Outline
    from compare.report.run.section import Passage, Section

# What Markdown or the HTML inside it would take for its own.
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
        "@": "&#64;",  # names nobody
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
    }
)


def markdown(outline: Outline) -> str:
    """The whole report."""
    blocks = [
        f"# graph-compare: {escaped(outline.title)}",
        escaped(" \N{MIDDLE DOT} ".join(outline.facts)),
        *_cautions(each for each in outline.cautions if each.is_first),
        *_answers(outline),
        *_cautions(each for each in outline.cautions if not each.is_first),
    ]
    for section in outline.sections:
        blocks += _section(section)
    return "\n\n".join(blocks) + "\n"


def escaped(text: str) -> str:
    """Text from a file or a person, as itself and on one line."""
    return "<br>".join(text.translate(ESCAPES).splitlines())


def table(shown: Table) -> str:
    """A table as GitHub reads it."""
    marks = ["---:" if column.kind == "number" else "---" for column in shown.columns]
    rows = [
        _row([escaped(column.title) for column in shown.columns]),
        _row(marks),
        *(_row([_cell(value) for value in row]) for row in shown.rows),
    ]
    return "\n".join(rows)


def _answers(outline: Outline) -> Iterator[str]:
    for answer in outline.answers:
        question = f"**{escaped(answer.question)}**"
        if len(answer.sentences) == 1:
            yield f"{question} {escaped(answer.text)}"
        else:
            yield question
            yield "\n".join(f"- {escaped(said)}" for said in answer.sentences)


def _cautions(cautions: Iterable[Caution]) -> Iterator[str]:
    for caution in cautions:
        yield f"> {escaped(caution.text)}"
        if caution.command:
            yield _code(caution.command)


def _section(section: Section) -> Iterator[str]:
    yield f"## {escaped(section.title)}"
    if section.intro:
        yield escaped(section.intro)
    for code in section.code:
        yield from _folded(code.caption, [_code(code.text)])
    for passage in section.passages:
        yield from _passage(passage)
    for beside in (figure.table for figure in section.figures if figure.table):
        yield from _captioned(beside)
    for shown in section.tables:
        yield from _captioned(shown)
    for shown in section.folded:
        yield from _folded(shown.caption, _captioned(shown, caption=False))


def _passage(passage: Passage) -> Iterator[str]:
    said = (escaped(" ".join(passage.sentences)), *_captioned(passage.table))
    if passage.is_folded:
        yield from _folded(passage.heading, said)
    else:
        yield from (f"### {escaped(passage.heading)}", *said)


def _folded(caption: str, blocks: Iterable[str]) -> Iterator[str]:
    """Blocks that open on request; without a caption they stand as they are."""
    if caption:
        yield f"<details><summary>{escaped(caption)}</summary>"
    yield from blocks
    if caption:
        yield "</details>"


def _captioned(shown: Table, *, caption: bool = True) -> Iterator[str]:
    if caption:
        yield f"**{escaped(shown.caption)}**"
    yield table(shown) if shown.rows else "Nothing was recorded."
    if shown.note:
        yield escaped(shown.note)


def _cell(value: Value) -> str:
    text = escaped(value.text)
    return f"**{text}**" if value.tone in ("bad", "caution") else text


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    """A block that no text inside can end."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{text}\n{fence}"
