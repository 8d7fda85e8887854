"""The outcomes so far, one JSON object a line, so that a run can be continued."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from tests.mutation.forking import Judged, Outcome
from tests.mutation.mutant import ROOT, Mutant


def append(path: Path, judged: Judged) -> None:
    """Append the outcome of a mutant."""
    path.parent.mkdir(parents=True, exist_ok=True)
    row = {
        "key": judged.mutant.key,
        "of": digest(judged.mutant.file),
        "outcome": judged.outcome,
        "evidence": judged.evidence,
        "seconds": round(judged.seconds, 2),
    }
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def read(path: Path, mutants: list[Mutant]) -> list[Judged]:
    """Return the last outcome of each mutant whose file is unchanged since."""
    if not path.exists():
        return []
    rows = map(json.loads, path.read_text("utf-8").splitlines())
    known = {(tuple(row["key"]), row["of"]): row for row in rows}
    return [
        Judged(
            mutant=mutant,
            outcome=Outcome(row["outcome"]),
            evidence=row["evidence"],
            seconds=row["seconds"],
        )
        for mutant in mutants
        if (row := known.get((mutant.key, digest(mutant.file))))
    ]


def digest(file: str) -> str:
    """Return a digest of a source file."""
    return sha256((ROOT / file).read_bytes()).hexdigest()[:12]
