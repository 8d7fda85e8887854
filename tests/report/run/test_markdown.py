"""The Markdown report: tables that GitHub reads, and escaped text."""

from __future__ import annotations

import html
import re

import pytest

from compare.render.table import Column, Table, Value
from compare.report.run.markdown import escape, render_table
from compare.report.run.summary import list_answers
from compare.results.joining import group_cells
from tests.support.synthetic import cell_of, without

UNESCAPED_PIPE = re.compile(r"(?<!\\)\|")


def tables(markdown):
    """Return the lines of each table."""
    found, current = [], []
    for line in [*markdown.splitlines(), ""]:
        if line.startswith("|"):
            current.append(line)
        elif current:
            found.append(current)
            current = []
    return found


def widths(lines):
    return {len(UNESCAPED_PIPE.findall(line)) for line in lines}


def test_every_row_of_a_table_has_the_same_number_of_cells(ordinary):
    assert len(tables(ordinary.markdown)) > 15
    assert all(len(widths(lines)) == 1 for lines in tables(ordinary.markdown))


def test_the_second_line_of_every_table_separates_its_heading(ordinary):
    for lines in tables(ordinary.markdown):
        assert re.fullmatch(r"\|( -{3,}:? \|)+", lines[1])


def test_a_pipe_in_a_reason_breaks_no_table(made, render):
    reason = "exited | last line: a|b\nand <b>more</b> `code`"
    report = render(without(made, "cnn", "tf/xla", status="failed", reason=reason))
    assert r"exited \| last line: a\|b<br>and &lt;b&gt;more&lt;/b&gt; \`code\`" in (
        report.markdown
    )
    assert all(len(widths(lines)) == 1 for lines in tables(report.markdown))


@pytest.mark.parametrize("text", ["a|b", "a\\|b", "<i>", "[x](y)", "@someone", "*b*"])
def test_what_markdown_would_interpret_is_escaped(text):
    shown = Table(
        caption="",
        columns=(Column(title="x", kind="word"),),
        rows=((Value(text=text),),),
    )
    assert (
        len(
            UNESCAPED_PIPE.findall(
                render_table(shown).splitlines()[2].replace(r"\\", "")
            )
        )
        == 2
    )
    assert escape(text) != text


def test_the_three_answers_come_first(ordinary):
    head = ordinary.markdown.partition("## Verdicts")[0]
    positions = [
        head.index(question)
        for question in (
            "**Do they agree?**",
            "**How long does a step take in steady state?**",
            "**When does a static graph pay back?**",
        )
    ]
    assert positions == sorted(positions)


def test_markdown_and_page_give_the_same_answer(ordinary):
    found = list_answers(ordinary.run, group_cells(ordinary.run))
    for sentence in (each for answer in found for each in answer.sentences):
        assert escape(sentence) in ordinary.markdown
        assert html.escape(sentence, quote=False) in ordinary.html.replace("&#39;", "'")


def test_it_fits_the_body_of_an_issue(ordinary):
    assert len(ordinary.markdown) < 65_536


def test_a_word_of_warning_is_bold(made, render):
    cell_of(made, "cnn", "tf/function").captures = "not captured"
    assert "| **not captured** |" in render(made).markdown
