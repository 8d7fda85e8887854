"""Print the catalogue of quirks in the terminal or format it as a Markdown table.

Names, titles and reasons may contain square brackets, which rich would interpret as
markup. All such text is therefore printed as `rich.text.Text`.
"""

from __future__ import annotations

from math import isnan, nan
from textwrap import fill
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from compare.agreement.parity import DIFFERENT, Pair, pair_results
from compare.contract import Quantity, TensorKind
from compare.frameworks import frameworks, frameworks_with, package_folder
from compare.render.columns import Side, render_columns
from compare.study.sources import split_functions, strip_docstring
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.console import Console

    from compare.agreement.parity import SpellingResult
    from compare.quirks import QuirkEntry

DASH = "-"
PREAMBLE = (
    "Each row is a quirk; `graph-compare quirks NAME` shows its program in each "
    "framework and runs them. A framework without a function that a quirk is about "
    "lacks it. *Difference*: relative difference between the two spellings, in the "
    "first tensor in which they differ; between two defaults, if these differ. *Same "
    "spelling*: largest relative difference between the first framework and another "
    "one that uses the same spelling. "
    "Float64, eager mode, CPU."
)
TEXT_WIDTH = 88  # characters of a line of prose
WIDE = 50  # characters per column of a terminal that has room for the defaults


def print_catalogue(entries: Iterable[QuirkEntry], console: Console) -> None:
    """Print one line per quirk: name, title and, if there is room, the defaults."""
    names = list(frameworks_with("quirks"))
    if console.width < WIDE * (1 + len(names)):
        names = []
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("name", no_wrap=True)
    table.add_column("what differs")
    for name in names:
        table.add_column(Text(f"{name} default"))
    topic = ""
    for entry in entries:
        if entry.quirk.topic != topic:
            topic = entry.quirk.topic
            table.add_row(Text(topic, style="italic"))
        cells = [f"  {entry.name}", entry.title]
        cells += [_describe_default(entry, name) for name in names]
        table.add_row(*map(Text, cells))
    console.print(table)


def print_quirk(entry: QuirkEntry, console: Console) -> None:
    """Print a quirk's title, explanation, spellings, and the programs side by side."""
    console.print(Text(entry.title, style="bold"))
    console.print()
    width = min(console.width, TEXT_WIDTH)
    console.print(Text(fill(" ".join(entry.explanation.split()), width)))
    console.print()
    for spelling in entry.spellings:
        users = [
            name
            for name, default in entry.quirk.defaults.items()
            if default == spelling
        ]
        note = f" (default of {_join_names(users)})" if users else ""
        console.print(Text(f"{spelling}{note}: {entry.describe(spelling)}"))
    for name, default in entry.quirk.other_defaults.items():
        console.print(Text(f"default of {name}: {default}"))
    having = frameworks_with("quirks", entry=entry.name)
    lacking = [name for name in frameworks_with("quirks") if name not in having]
    if lacking:
        console.print(Text(f"no program in {_join_names(lacking)}"))
    console.print()
    sides = [
        Side(title=name, pieces=split_functions(read_source(name, entry)))
        for name in having
    ]
    console.print(render_columns(sides, width=console.width))


def print_measurement(
    entry: QuirkEntry, results: Iterable[SpellingResult], console: Console
) -> None:
    """Print the difference of each pair of spellings, measured on this machine."""
    results = list(results)
    pairs = pair_results(entry, results)
    if not pairs:
        return
    quantity = describe_quantity(pairs[0].quantity)
    console.print(
        Text(f"Relative difference of {quantity}, measured on this machine in float64:")
    )
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("", "", "difference", "worst element", "verdict"):
        table.add_column(title, no_wrap=True)
    for pair in pairs:
        cells = (_name(pair.one), _name(pair.other), *_format_pair(pair, entry=entry))
        table.add_row(*map(Text, cells))
    console.print(table)
    for result in results:
        if result.reason:
            reason = Text(f"not run: {_name(result)}: {result.reason}")
            console.print(reason, soft_wrap=True)


def format_markdown(
    entries: Iterable[QuirkEntry],
    results: Mapping[str, list[SpellingResult]],
    *,
    versions: Mapping[str, str],
    machine: str,
) -> str:
    """Return a Markdown table of all quirks with their defaults and differences.

    Args:
        entries: the quirks, in the order of the rows.
        results: quirk name -> results of its spellings in all frameworks.
        versions: package -> version that the results were measured with.
        machine: name of the processor that the results were measured on.
    """
    names = list(frameworks_with("quirks"))
    packages = ", ".join(f"{name} {version}" for name, version in versions.items())
    lines = [
        f"# Where {_join_names(frameworks()[name].title for name in names)} differ",
        "",
        f"{PREAMBLE} Measured with {packages}, on {machine}.",
        "",
        "| topic | quirk | "
        + " | ".join(f"{name} default" for name in names)
        + " | compared tensor | difference | same spelling |",
        "|---" * (5 + len(names)) + "|",
    ]
    for entry in entries:
        pairs = pair_results(entry, results[entry.name])
        same = [p.relative for p in pairs if p.one.spelling == p.other.spelling]
        cells = [
            entry.quirk.topic,
            f"`{entry.name}`: {entry.title}",
            *(_describe_default(entry, name) for name in names),
            describe_quantity(pairs[0].quantity) if pairs else DASH,
            _format_difference(pairs, entry=entry),
            _format_relative(max((r for r in same if not isnan(r)), default=nan)),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def read_source(framework: str, entry: QuirkEntry) -> str:
    """Return a framework's implementation of a quirk, without the module docstring."""
    path = package_folder(frameworks()[framework]) / "quirks" / f"{entry.name}.py"
    return strip_docstring(path.read_text("utf-8")).lstrip("\n")


def name_frameworks(entry: QuirkEntry) -> str:
    """Return the frameworks that have a quirk, in words."""
    having = frameworks_with("quirks", entry=entry.name).values()
    return _join_names(framework.title for framework in having)


def describe_quantity(quantity: str) -> str:
    """Return a description of a compared quantity in prose."""
    compared = Quantity.parse(quantity)
    if compared.kind is TensorKind.ACTIVATION:
        return "the layer's output"
    if compared.kind is TensorKind.PARAMETER:
        return f"{compared.name.removeprefix('layer.')} after a few steps"
    return "the loss"


def _format_difference(pairs: Iterable[Pair], *, entry: QuirkEntry) -> str:
    """Format the difference between the defaults, else between the spellings."""
    unlike = [p for p in pairs if p.one.spelling != p.other.spelling]
    if defaults := [p for p in unlike if _compares_defaults(p, entry=entry)]:
        return _format_relative(defaults[0].relative)
    measured = [p.relative for p in unlike if not isnan(p.relative)]
    note = "" if entry.quirk.other_defaults else " (same default)"
    return f"{_format_relative(max(measured, default=nan))}{note}"


def _describe_default(entry: QuirkEntry, framework: str) -> str:
    spelling = entry.quirk.defaults.get(framework)
    if spelling:
        return entry.describe(spelling).rstrip(".")
    return entry.quirk.other_defaults.get(framework, DASH).rstrip(".")


def _join_names(names: Iterable[str]) -> str:
    return join_words(names, conjunction="and")


def _name(result: SpellingResult) -> str:
    return f"{result.framework} {result.spelling}"


def _compares_defaults(pair: Pair, *, entry: QuirkEntry) -> bool:
    return all(
        entry.quirk.defaults.get(side.framework) == side.spelling
        for side in (pair.one, pair.other)
    )


def _format_pair(pair: Pair, *, entry: QuirkEntry) -> tuple[str, str, str]:
    if isnan(pair.relative):
        return DASH, DASH, "not run"
    verdict = "differ" if pair.relative > DIFFERENT else "agree"
    if _compares_defaults(pair, entry=entry):
        verdict += " (defaults)"
    one, other = pair.values
    return _format_relative(pair.relative), f"{one:.6g}, {other:.6g}", verdict


def _format_relative(relative: float) -> str:
    return DASH if isnan(relative) else f"{relative:.2g}"
