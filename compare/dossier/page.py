"""The dossier as one page, and as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.dossier.parts import DossierPart
from compare.dossier.statements import STATEMENTS, Statement, StatementVerdict
from compare.frameworks import frameworks, package_folder
from compare.machine import select_identity
from compare.report.run.answer import Answer
from compare.report.run.cautions import Caution
from compare.report.run.markdown import render_markdown
from compare.report.run.outline import Outline
from compare.report.run.page import render_page
from compare.report.run.section import Code, Section
from compare.report.timing.figures import make_ratio_figure
from compare.results.joining import group_cells
from compare.study.sources import split_functions
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from compare.dossier.parts import Measured
    from compare.report.run.figures import Figure

PAGE, MARKDOWN = "index.html", "dossier.md"
TITLE = "Static and dynamic graphs: what holds here"


def outline_dossier(measured: Measured) -> Outline:
    """Return the contents of the dossier."""
    statements = [judge(measured) for judge in STATEMENTS]
    return Outline(
        title=TITLE,
        facts=tuple(_list_facts(measured)),
        answers=tuple(
            Answer(question=each.sentence, sentences=(each.answer, *each.prose[:3]))
            for each in statements
        ),
        cautions=tuple(_list_cautions(measured)),
        sections=tuple(_build_section(each, measured) for each in statements),
    )


def write_dossier(folder: Path, measured: Measured) -> list[Path]:
    """Write the page and the Markdown into the folder; return their paths."""
    outline = outline_dossier(measured)
    page, markdown = folder / PAGE, folder / MARKDOWN
    page.write_text(render_page(outline), encoding="utf-8")
    markdown.write_text(render_markdown(outline), encoding="utf-8")
    return [page, markdown]


def _list_facts(measured: Measured) -> Iterator[str]:
    found = _collect_environments(measured)
    modules = dict.fromkeys(each.module for each in frameworks().values())
    for name in ("processor", *modules):
        if name in found:
            yield f"{name} {join_words(found[name], conjunction='and')}"


def _collect_environments(measured: Measured) -> dict[str, list[str]]:
    """Return every value of each fact about the machine and versions of the parts."""
    environments = [run.record.environment for run in measured.runs.values()]
    environments += [each.environment for each in measured.deployments]
    found: dict[str, list[str]] = {}
    for environment in environments:
        for name, fact in select_identity(environment).items():
            if fact not in found.setdefault(name, []):
                found[name].append(fact)
    return found


def _list_cautions(measured: Measured) -> Iterator[Caution]:
    if measured.missing:
        names = join_words(measured.missing, conjunction="and")
        yield Caution(
            text=f"Not measured yet: {names}. The sentences that need them have no "
            "verdict.",
            is_first=True,
        )
    differing = [
        f"{name} ({join_words(facts, conjunction='and')})"
        for name, facts in _collect_environments(measured).items()
        if len(facts) > 1
    ]
    if differing:
        yield Caution(
            text="Parts were measured with different versions or on different "
            "machines, so their results may not apply to one of them: "
            f"{join_words(differing, conjunction='and')}.",
            is_first=True,
        )
    for part, run in measured.runs.items():
        if run.timing["is_disturbed"].any():
            yield Caution(
                text=f"Something else used this machine during the part {part}: its "
                "ratios are less certain than their intervals."
            )


def _build_section(statement: Statement, measured: Measured) -> Section:
    return Section(
        ident=statement.ident,
        title=statement.sentence,
        intro=" ".join([statement.answer, *statement.prose]),
        tables=statement.tables,
        figures=tuple(_make_figures(statement, measured)),
        code=tuple(_read_code(statement)),
    )


def _make_figures(statement: Statement, measured: Measured) -> Iterator[Figure]:
    """Yield the ratios of each workload of the runs behind a sentence."""
    if statement.verdict is StatementVerdict.NOT_MEASURED:
        return
    for part in (DossierPart.SPEED, DossierPart.SIZES):
        if part in statement.parts and part in measured.runs:
            for group in group_cells(measured.runs[part]):
                if (figure := make_ratio_figure(group)) is not None:
                    yield figure


def _read_code(statement: Statement) -> Iterator[Code]:
    """Yield the code of each framework that shows a sentence."""
    for name, where in statement.code.items():
        framework = frameworks()[name]
        file, _, function = where.partition(":")
        source = (package_folder(framework) / file).read_text("utf-8")
        text = split_functions(source)[function] if function else source.rstrip()
        caption = f"{framework.title}: {framework.package}/{file}"
        yield Code(text=text, caption=f"{caption}, {function}" if function else caption)
