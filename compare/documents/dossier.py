"""The result of ``dossier``: the classic sentences with their verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from compare.dossier.parts import DossierPart
from compare.dossier.statements import STATEMENTS, Statement, StatementVerdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from compare.dossier.parts import Measured


class JudgedSentence(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence with its verdict.

    Attributes:
        condition: when it holds, after *holds only when*.
        evidence: what was measured, in sentences.
        parts: of the dossier that it needs.
    """

    name: str
    sentence: str
    verdict: StatementVerdict
    condition: str
    evidence: list[str]
    parts: list[DossierPart]


class DossierDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The classic sentences with their verdicts; the folder has every figure.

    Attributes:
        files: the page and the Markdown.
        missing: parts that were not measured.
    """

    folder: str
    files: list[str]
    missing: list[DossierPart]
    sentences: list[JudgedSentence]


def describe_dossier(
    measured: Measured, *, folder: Path, files: Sequence[Path]
) -> DossierDocument:
    """Return the sentences of a dossier as a document."""
    return DossierDocument(
        folder=str(folder.absolute()),
        files=[str(path.absolute()) for path in files],
        missing=measured.missing,
        sentences=[_describe_statement(judge(measured)) for judge in STATEMENTS],
    )


def _describe_statement(found: Statement) -> JudgedSentence:
    return JudgedSentence(
        name=found.ident,
        sentence=found.sentence,
        verdict=found.verdict,
        condition=found.condition
        if found.verdict is StatementVerdict.HOLDS_ONLY
        else "",
        evidence=list(found.prose),
        parts=list(found.parts),
    )
