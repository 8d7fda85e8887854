"""The mutation score: counts for each file, and every mutant that survived."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from tests.mutation.equivalent import Key
from tests.mutation.forking import Judged, Outcome

CUDA_ONLY = "CUDA only:"  # begins the reason of a mutant that a GPU would reveal
COLUMNS = (
    "file",
    "mutants",
    "killed",
    "timeout",
    "equivalent",
    "not judged",
    "survived",
    "score",
)


def survivors(
    judged: Sequence[Judged], *, equivalent: Mapping[Key, str]
) -> list[Judged]:
    """Return the mutants that survived and are not listed as equivalent."""
    return [
        each
        for each in judged
        if each.outcome is Outcome.SURVIVED and each.mutant.key not in equivalent
    ]


def is_left(each: Judged) -> bool:
    """Return whether a mutant was judged and not killed."""
    return each.outcome is Outcome.SURVIVED


def needs_device(each: Judged, *, equivalent: Mapping[Key, str]) -> bool:
    """Return whether a mutant has no outcome here, or can be killed on CUDA only."""
    is_listed = equivalent.get(each.mutant.key, "").startswith(CUDA_ONLY)
    return each.outcome is Outcome.NOT_JUDGED or (
        is_listed and each.outcome is Outcome.SURVIVED
    )


def count(
    name: str, judged: Sequence[Judged], *, equivalent: Mapping[Key, str]
) -> dict[str, object]:
    """Return one row of the table of scores."""
    killed = sum(each.outcome is Outcome.KILLED for each in judged)
    timeout = sum(each.outcome is Outcome.TIMEOUT for each in judged)
    survived = len(survivors(judged, equivalent=equivalent))
    not_judged = sum(needs_device(each, equivalent=equivalent) for each in judged)
    ended = killed + timeout
    score = f"{100 * ended / (ended + survived):.1f}%" if ended + survived else "-"
    return {
        "file": name,
        "mutants": len(judged),
        "killed": killed,
        "timeout": timeout,
        "equivalent": len(judged) - ended - survived - not_judged,
        "not judged": not_judged,
        "survived": survived,
        "score": score,
    }


def table(
    judged: Sequence[Judged], *, equivalent: Mapping[Key, str]
) -> list[dict[str, object]]:
    """Return one row per file, and one per package."""
    files = list(dict.fromkeys(each.mutant.file for each in judged))
    folders = list(dict.fromkeys(_folder(file) for file in files))
    rows = [
        count(file, [e for e in judged if e.mutant.file == file], equivalent=equivalent)
        for file in files
    ]
    rows += [
        count(
            f"{folder}/ (all)",
            [e for e in judged if _folder(e.mutant.file) == folder],
            equivalent=equivalent,
        )
        for folder in folders
    ]
    return rows


def format_score(judged: Sequence[Judged], *, equivalent: Mapping[Key, str]) -> str:
    """Return the table as text, and the mutants that survived."""
    rows = table(judged, equivalent=equivalent)
    width = max((len(str(row["file"])) for row in rows), default=4)
    lines = [
        "  ".join(
            str(value).ljust(width) if column == "file" else str(value).rjust(10)
            for column, value in row.items()
        )
        for row in [dict(zip(COLUMNS, COLUMNS, strict=True)), *rows]
    ]
    left = survivors(judged, equivalent=equivalent)
    lines += ["", "Survived, and not equivalent:" if left else "No mutant survived."]
    lines += [f"  {each.mutant}\n      {each.mutant.source}" for each in left]
    wrong = [
        each
        for each in judged
        if each.outcome is Outcome.KILLED and each.mutant.key in equivalent
    ]
    lines += ["", "Listed as equivalent, but killed:"] if wrong else []
    lines += [f"  {each.mutant}\n      {each.mutant.source}" for each in wrong]
    return "\n".join(lines)


def save(
    path: Path, judged: Sequence[Judged], *, equivalent: Mapping[Key, str]
) -> None:
    """Write the table to ``.txt``, and the mutants that were not killed to ``.csv``."""
    text = f"{describe_run()}\n\n{format_score(judged, equivalent=equivalent)}\n"
    path.with_suffix(".txt").write_text(text, "utf-8")
    with path.with_suffix(".csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["file", "line", "source", "edit", "outcome", "evidence"])
        for each in sorted(filter(is_left, judged), key=lambda e: e.mutant):
            mutant = each.mutant
            reason = equivalent.get(mutant.key, "")
            is_equivalent = reason and each.outcome is Outcome.SURVIVED
            writer.writerow(
                [
                    *(mutant.file, mutant.line, mutant.source, mutant.edit),
                    "equivalent" if is_equivalent else each.outcome,
                    reason if is_equivalent else shorten_paths(each.evidence),
                ]
            )


def describe_run() -> str:
    """Return the date, the machine and the versions of what was used."""
    from compare.machine import installed_version, machine  # noqa: PLC0415

    here = machine()
    kind = " virtual machine" if here["virtual machine"] == "yes" else ""
    versions = (
        f"{name} {installed_version(name)}"
        for name in ("numpy", "torch", "tensorflow-cpu", "keras")
    )
    return (
        f"make mutation, {date.today()}\n"  # noqa: DTZ011 - the day is enough
        f"{here['processors usable']} cores of an {here['processor']}{kind}, "
        f"Python {here['Python']}, {', '.join(versions)}\n"
        "score: killed and timeout, of all mutants that are neither equivalent nor not "
        "judged\n"
        "not judged: no outcome yet (`make mutation` continues), or only on CUDA"
    )


def shorten_paths(text: str) -> str:
    """Return a text in which absolute paths are file names."""
    return re.sub(r"(?<![\w.])(/[\w.\-]+)+/", "", text)


def _folder(file: str) -> str:
    return file.rsplit("/", 1)[0].removesuffix("/models")
