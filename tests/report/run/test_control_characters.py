"""Any text in a report: no output executes it, and none breaks on it."""

from __future__ import annotations

import io
import re

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.progress import Progress

from compare.render.charts import Drawing
from compare.render.console import VisibleConsole
from compare.render.table import Field, tabulate
from compare.render.visible import INVISIBLE, make_visible
from compare.report.run import page
from compare.report.run.answer import Answer
from compare.report.run.cautions import Caution
from compare.report.run.console import show_outline
from compare.report.run.figures import Figure
from compare.report.run.markdown import render_markdown
from compare.report.run.outline import Outline, build_outline
from compare.report.run.page import render_page
from compare.report.run.section import Code, Passage, Section
from compare.runs.folder import create_folder, load_run, save_record
from compare.runs.tables import DIFFERENCES, read_table, write_table
from tests.support.page import Page
from tests.support.synthetic import (
    rename_workload,
    synthetic,
    with_difference,
    without,
)

TEXTS = st.text(
    st.characters(categories=["Cc", "Cf", "Cs", "L", "P", "S", "Z"])
    | st.sampled_from("|`\\<>&\"'[]*_#~@-\x1b\x9b\r\n\x85\u2028\u202e\ud800"),
    min_size=1,
    max_size=20,
)
STYLE = re.compile(r"\x1b\[[0-9;]*m")  # rich's own
UNESCAPED_PIPE = re.compile(r"(?<!\\)(?:\\\\)*\|")
RED = "\x1b[31mred\u202e|`\x9b2J\n\x00"


def outline_of(text) -> Outline:
    """Return the outline of a report that has a text everywhere."""
    table = tabulate(
        text,
        fields=[Field(title=text, show=lambda x: x, kind=kind) for kind in KINDS],
        items=[text, "plain"],
        note=text,
    )
    section = Section(
        ident="x",
        title=text,
        intro=text,
        passages=tuple(
            Passage(heading=text, sentences=(text, text), table=table, is_folded=folded)
            for folded in (False, True)
        ),
        figures=(
            Figure(
                ident="x",
                heading=text,
                label=text,
                caption=text,
                draw=dict,
                table=table,
            ),
        ),
        tables=(table,),
        folded=(table,),
        code=(Code(text=text), Code(text=text, caption=f"caption {text}")),
    )
    return Outline(
        title=text,
        facts=(text, text),
        answers=(
            Answer(question=text, sentences=(text,)),
            Answer(question=text, sentences=(text, text)),
        ),
        cautions=(
            Caution(text=text, command=text, is_first=True),
            Caution(text=text, command=text),
        ),
        sections=(section,),
        brief=(table,),
    )


KINDS = ("word", "prose", "number")
ANY_TEXT = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def tags(html):
    return [each["tag"] for each in Page(html).elements]


@pytest.fixture
def undrawn(monkeypatch):
    """Report every chart as missing, for a reason with control characters."""
    monkeypatch.setattr(
        page, "draw_charts", lambda charts: [Drawing(reason=RED) for _ in charts]
    )


@ANY_TEXT
@given(TEXTS)
def test_markdown_contains_no_control_character(text):
    assert not INVISIBLE.search(render_markdown(outline_of(text)))


@ANY_TEXT
@given(TEXTS)
def test_a_table_in_markdown_has_the_same_cells_whatever_its_text(text):
    markdown = render_markdown(outline_of(text))
    rows = [line for line in markdown.splitlines() if line.endswith(" |")]
    separators = [line for line in rows if set(line) <= set("|-: ")]
    assert len(separators) >= 5
    in_tables = [line for line in rows if line.startswith("| ")]
    counts = {len(UNESCAPED_PIPE.findall(line)) for line in in_tables}
    assert counts == {len(KINDS) + 1}


@ANY_TEXT
@given(TEXTS)
def test_the_page_contains_no_control_character_and_no_element_of_a_text(undrawn, text):
    html = render_page(outline_of(text))
    assert not INVISIBLE.search(html)
    assert Page(html).unbalanced == []
    assert tags(html) == tags(render_page(outline_of("plain")))


@ANY_TEXT
@given(TEXTS)
def test_the_terminal_gets_no_control_character(text):
    file = io.StringIO()
    console = VisibleConsole(file=file, force_terminal=True, width=80)
    show_outline(outline_of(text), console)
    console.print(text, markup=False)
    assert not INVISIBLE.search(STYLE.sub("", file.getvalue()))


def test_the_terminal_shows_an_escape_sequence_instead_of_executing_it():
    file = io.StringIO()
    VisibleConsole(file=file, width=80, markup=False).print("\x1b]0;title\x07 \x9b2J")
    assert file.getvalue() == "\\x1b]0;title \\x9b2J\n"  # rich drops the bell


def test_a_progress_bar_keeps_its_own_control_sequences():
    file = io.StringIO()
    console = VisibleConsole(file=file, force_terminal=True, width=80)
    with Progress(console=console, auto_refresh=False) as progress:
        progress.add_task("x\x9b2J")
        progress.refresh()
    assert "\x1b[?25l" in file.getvalue()  # hides the cursor
    assert "\x9b" not in file.getvalue()


@ANY_TEXT
@given(TEXTS)
def test_a_stored_run_contains_no_control_character(tmp_path_factory, text):
    made = synthetic()
    made.record.cells[0].reason = made.record.environment[text] = text
    folder = tmp_path_factory.mktemp("run") / "run"
    create_folder(folder, made.record)
    save_record(folder, made.record)
    made = with_difference(made, "cnn", "tf/xla", cause=text, explanation=text)
    write_table(folder, DIFFERENCES, made.differences)
    for path in folder.iterdir():
        content = path.read_text(encoding="utf-8")
        assert not INVISIBLE.search(content)
    stored = msgspec.json.decode((folder / "run.json").read_bytes())
    assert stored["cells"][0]["reason"] == make_visible(text)
    assert stored["environment"][make_visible(text)] == make_visible(text)
    (row,) = read_table(folder, DIFFERENCES).to_dict("records")
    assert row["explanation"] == make_visible(text)


@pytest.mark.charts
def test_a_report_with_control_characters_in_names_has_all_its_charts(made, render):
    report = render(without(made, "two_layer", "tf/xla", status="failed", reason=RED))
    run = rename_workload(report.run, "cnn", "c\x1b[31mnn")
    html = render_page(build_outline(run))
    assert len(Page(html).all("svg")) == 13
    assert r"c\x1b[31mnn" in html
    assert r"\x1b[31mred\u202e|`\x9b2J" in html
    assert not INVISIBLE.search(html)


def test_a_missing_chart_is_named_with_its_reason_in_its_place(made, undrawn, tmp_path):
    outline = outline_of("cnn")
    sentences = []
    html = render_page(outline, on_missing=sentences.append)
    reason = r"\x1b[31mred\u202e|`\x9b2J"
    assert f"This chart is missing (x of cnn): {reason}" in html
    assert len(sentences) == 1
    assert sentences[0].startswith("Charts missing on the page: x of cnn: ")


def test_loading_a_run_with_surrogates_in_a_reason_is_possible(made, tmp_path):
    made.record.cells[0].reason = "\udc80"
    folder = made.write(tmp_path / "run")
    assert load_run(folder).record.cells[0].reason == r"\udc80"
