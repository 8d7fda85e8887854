"""The catalogue of quirks in the terminal and as a Markdown table."""

from __future__ import annotations

from math import isnan
from textwrap import fill
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from compare.agreement.parity import DIFFERENT, Pair, pairs
from compare.frameworks import frameworks, package_folder
from compare.render.columns import Side, render_columns
from compare.study.sources import functions, without_docstring

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.console import Console

    from compare.agreement.parity import Spelled
    from compare.quirks import Entry

DASH = "-"
PREAMBLE = (
    "Each row is a program in both frameworks: `graph-compare quirks NAME` shows and "
    "runs it. *Apart*: the relative difference of the two spellings, of the defaults "
    "where they differ, in the first tensor that shows it. *Aligned*: the largest "
    "difference left where both are spelled alike. Float64, eager, CPU."
)
WIDE = 150  # characters


def listing(entries: Iterable[Entry], console: Console) -> None:
    """One line an entry: its name, title, and what each framework does unasked."""
    # What each does unasked is a column only where there is room for one.
    names = list(frameworks()) if console.width >= WIDE else []
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("name", no_wrap=True)
    table.add_column("what differs")
    for name in names:
        table.add_column(f"{name} by default")
    topic = ""
    for entry in entries:
        if entry.quirk.topic != topic:
            topic = entry.quirk.topic
            table.add_row(Text(topic, style="italic"))
        table.add_row(
            f"  {entry.name}", entry.title, *(_default(entry, n) for n in names)
        )
    console.print(table)


def show(entry: Entry, console: Console) -> None:
    """An entry's explanation and the two codes beside each other."""
    console.print(Text(entry.title, style="bold"))
    console.print()
    width = min(console.width, 88)
    console.print(fill(" ".join(entry.explanation.split()), width), highlight=False)
    console.print()
    for spelling in entry.spellings:
        whose = [
            n for n, default in entry.quirk.defaults.items() if default == spelling
        ]
        note = f" (default of {' and '.join(whose)})" if whose else ""
        console.print(f"{spelling}{note}: {entry.says(spelling)}", highlight=False)
    console.print()
    sides = [
        Side(title=name, pieces=functions(source(name, entry))) for name in frameworks()
    ]
    console.print(render_columns(sides, width=console.width))


def show_measured(entry: Entry, spelled: Iterable[Spelled], console: Console) -> None:
    """How far each pair of spellings is apart, measured here."""
    spelled = list(spelled)
    found = pairs(entry, spelled)
    if not found:
        return
    quantity = found[0].quantity
    console.print(
        f"Measured here in float64: {described(quantity)}, relative difference",
        highlight=False,
    )
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("", "", "difference", "worst element", "verdict"):
        table.add_column(title, no_wrap=True)
    for pair in found:
        table.add_row(_name(pair.one), _name(pair.other), *_told(pair, entry=entry))
    console.print(table, highlight=False)
    for one in spelled:
        if one.reason:
            console.print(f"not run: {_name(one)}: {one.reason}", highlight=False)


def markdown(
    entries: Iterable[Entry],
    results: Mapping[str, list[Spelled]],
    *,
    versions: Mapping[str, str],
    here: str,
) -> str:
    """The parity table: every entry, what each framework does, how far apart."""
    names = list(frameworks())
    measured = ", ".join(f"{name} {version}" for name, version in versions.items())
    lines = [
        "# Where PyTorch and TensorFlow differ",
        "",
        f"{PREAMBLE} Measured with {measured}, {here}.",
        "",
        "| topic | quirk | "
        + " | ".join(f"{n} by default" for n in names)
        + " | shows in | apart | aligned |",
        "|---" * (5 + len(names)) + "|",
    ]
    for entry in entries:
        found = pairs(entry, results[entry.name])
        alike = [p.relative for p in found if p.one.spelling == p.other.spelling]
        cells = [
            entry.quirk.topic,
            f"`{entry.name}`: {entry.title}",
            *(_default(entry, name) for name in names),
            described(found[0].quantity) if found else DASH,
            _apart(found, entry=entry),
            _figure(max((a for a in alike if not isnan(a)), default=float("nan"))),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _apart(found: Iterable[Pair], *, entry: Entry) -> str:
    """How far the two spellings are apart; that of the defaults where they differ."""
    unlike = [p for p in found if p.one.spelling != p.other.spelling]
    if defaults := [p for p in unlike if _are_defaults(p, entry=entry)]:
        return _figure(defaults[0].relative)
    known = [p.relative for p in unlike if not isnan(p.relative)]
    return f"{_figure(max(known, default=float('nan')))} (same default)"


def source(framework: str, entry: Entry) -> str:
    """The file in which a framework spells an entry, less its docstring."""
    path = package_folder(frameworks()[framework]) / "quirks" / f"{entry.name}.py"
    if not path.exists():
        return f"# {framework} has no spelling of {entry.name}"
    return without_docstring(path.read_text("utf-8")).lstrip("\n")


def described(quantity: str) -> str:
    """A quantity as prose."""
    kind, _, name = quantity.partition(":")
    if kind == "activation":
        return "the layer's output"
    if kind == "parameter":
        return f"{name.removeprefix('layer.')} after a few steps"
    return "the loss"


def _default(entry: Entry, framework: str) -> str:
    spelling = entry.quirk.defaults.get(framework)
    return entry.says(spelling).rstrip(".") if spelling else DASH


def _name(spelled: Spelled) -> str:
    return f"{spelled.framework} {spelled.spelling}"


def _are_defaults(pair: Pair, *, entry: Entry) -> bool:
    return all(
        entry.quirk.defaults.get(side.framework) == side.spelling
        for side in (pair.one, pair.other)
    )


def _told(pair: Pair, *, entry: Entry) -> tuple[str, str, str]:
    if isnan(pair.relative):
        return DASH, DASH, "not run"
    verdict = "differ" if pair.relative > DIFFERENT else "agree"
    if _are_defaults(pair, entry=entry):
        verdict += " (defaults)"
    one, other = pair.values
    return _figure(pair.relative), f"{one:.6g}, {other:.6g}", verdict


def _figure(relative: float) -> str:
    return DASH if isnan(relative) else f"{relative:.2g}"
