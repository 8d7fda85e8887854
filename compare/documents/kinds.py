"""The documents: one per command that prints a result, with versions.

Imports nothing heavy: commands read versions from here when they start.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "schemas"  # of the published schemas


@dataclass(frozen=True, kw_only=True)
class DocumentKind:
    """The version and the type of a document's result.

    Attributes:
        version: of the schema. It increases when a property is removed, renamed, or
            changes its type; new properties do not change it.
        result: where its type is, as ``MODULE:NAME``.
        is_envelope: whether the result is in an envelope; otherwise it is the document.
    """

    version: int
    result: str
    is_envelope: bool = True


# The name of the command -> its document. ``card`` is the file of a check, and
# ``comparison`` what `FunctionComparison.to_json` returns.
DOCUMENTS = {
    "doctor": DocumentKind(version=1, result="compare.documents.doctor:DoctorDocument"),
    "list": DocumentKind(version=1, result="compare.documents.listing:ListDocument"),
    "run": DocumentKind(version=1, result="compare.documents.run:RunDocument"),
    "check": DocumentKind(version=1, result="compare.documents.run:RunDocument"),
    "graph": DocumentKind(version=1, result="compare.documents.graph:GraphDocument"),
    "agree": DocumentKind(version=1, result="compare.documents.run:RunDocument"),
    "deploy": DocumentKind(version=1, result="compare.deploy.rows:Deployment"),
    "report": DocumentKind(version=1, result="compare.documents.report:ReportDocument"),
    "export": DocumentKind(version=1, result="compare.documents.export:ExportDocument"),
    "diff": DocumentKind(version=1, result="compare.documents.diff:DiffDocument"),
    "history": DocumentKind(
        version=1, result="compare.documents.history:HistoryDocument"
    ),
    "ci": DocumentKind(
        version=1, result="compare.pull_request.record:PullRequestResult"
    ),
    "bisect": DocumentKind(version=1, result="compare.documents.bisect:BisectDocument"),
    "quirks": DocumentKind(version=1, result="compare.documents.quirks:QuirksDocument"),
    "debugging": DocumentKind(
        version=1, result="compare.documents.debugging:DebuggingDocument"
    ),
    "dossier": DocumentKind(
        version=1, result="compare.documents.dossier:DossierDocument"
    ),
    "study": DocumentKind(version=1, result="compare.documents.study:StudyDocument"),
    "card": DocumentKind(
        version=1, result="compare.results.card:Card", is_envelope=False
    ),
    "comparison": DocumentKind(
        version=1, result="compare.notebook.facts:ComparisonFacts", is_envelope=False
    ),
}


def schema_path(name: str) -> Path:
    """Return the published file of a document's schema."""
    return FOLDER / f"{name}.schema.json"
