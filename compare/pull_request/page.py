"""The result as Markdown, for a comment and a job summary, and as annotations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from compare.pull_request.judging import format_side_ratio
from compare.pull_request.record import ChangeKind
from compare.render.format import format_percent, format_seconds
from compare.render.visible import make_visible
from compare.stats.estimates import ALPHA
from compare.stats.two_sides import CONTROL_ALPHA, LOOKS, SOUGHT, SideVerdict
from compare.wording import format_count, join_words, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from compare.pull_request.record import (
        PullRequestResult,
        SideChange,
        SideTiming,
    )

MAX_LINES = 25  # of a comment
CELL_CHARACTERS = 200
NOTHING, NOT_DECIDED = "Nothing changed.", "No change was found."
HEADING = ("| | variant | what | base | head |", "|---|---|---|---|---|")
DURATIONS = (
    "| variant | what | base | head | change | verdict | base, A/A | head, A/A | n |",
    "|---|---|---:|---:|---|---|---|---|---:|",
)
# Characters with a meaning in Markdown or HTML; a model's messages contain any.
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#!|~&@])")
# GitHub notifies people and links numbers after a backslash as well.
REFERENCE = re.compile("([@#])")
ZERO_WIDTH_SPACE = "\N{ZERO WIDTH SPACE}"


def format_marker(subject: str) -> str:
    """Return the line by which a bot finds the comment of an earlier run."""
    return f"<!-- graph-compare ci: {_in_comment(subject)} -->"


def render_comment(result: PullRequestResult) -> str:
    """Return what changed, in at most 25 lines of Markdown."""
    opening = [format_marker(result.subject), _format_title(result), ""]
    closing = ["", *_format_conclusion(result)]
    if not result.changes:
        return _join([*opening, _format_nothing(result), *closing])
    table, room = _tabulate(result.changes), MAX_LINES - len(opening) - len(closing)
    room -= len(HEADING) + 1  # for what is left out
    shown = [*HEADING, *table[:room]]
    if left := len(table) - room if len(table) > room else 0:
        closing.insert(1, f"{format_count(left, 'further change')}: see the summary.")
    return _join([*opening, *shown, *closing])


def render_summary(result: PullRequestResult) -> str:
    """Return everything that was compared, as Markdown."""
    changes = [_format_nothing(result)]
    if result.changes:
        changes = [*HEADING, *_tabulate(result.changes)]
    return _join(
        [
            "## graph-compare ci",
            "",
            _format_title(result),
            "",
            *changes,
            "",
            *_format_conclusion(result),
            *_format_timings(result.timings),
            *[f"- {_escape(note)}" for note in result.notes],
        ]
    )


def render_annotations(result: PullRequestResult) -> list[str]:
    """Return workflow commands that mark the lines of changes for the worse."""
    return [
        f"::warning file={_escape_property(each.file)},line={each.line},"
        f"title={_escape_property(f'graph-compare: new {each.kind}')}"
        f"::{_escape_data(f'{each.variant}: {each.after}')}"
        for each in result.changes
        if each.is_worse and each.file and each.line
    ]


def _tabulate(changes: Sequence[SideChange]) -> list[str]:
    return [
        f"| {'worse' if each.is_worse else ''} | {_escape(each.variant)} | {each.kind} "
        f"| {_escape(each.before)} | {_escape(each.after)} |"
        for each in changes
    ]


def _format_nothing(result: PullRequestResult) -> str:
    """Return that nothing changed, only if a change would have been found."""
    steps = [e for e in result.timings if e.kind is ChangeKind.STEP_TIME]
    would_be_found = all(
        each.detectable is not None and each.detectable <= SOUGHT for each in steps
    )
    is_shown = result.is_decided and bool(steps) and would_be_found
    return NOTHING if is_shown else NOT_DECIDED


def _format_title(result: PullRequestResult) -> str:
    return (
        f"**{_escape(result.subject)}**: base is {_escape(result.base)}, head is "
        f"{_escape(result.head)}."
    )


def _format_conclusion(result: PullRequestResult) -> Iterator[str]:
    """Yield in one line each what the step times show, and what they cannot show."""
    steps = [e for e in result.timings if e.kind is ChangeKind.STEP_TIME]
    if result.not_timed:
        names = join_words(result.not_timed, conjunction="and")
        yield (
            f"Step time of {_escape(names)}: cannot tell, because a worker failed "
            "while it was timed."
        )
    if not steps:
        yield "Step time: not measured."
        return
    decided = [e for e in steps if e.verdict is not SideVerdict.CANNOT_TELL]
    if known := [e.detectable for e in decided if e.detectable is not None]:
        low, high = (_format_size(f(known)) for f in (min, max))
        size = low if low == high else f"{low} to {high}, by variant"
        yield (
            f"Step time: minimum detectable effect (80% power) {size}; smaller changes "
            f"may be missed, and those below {format_percent(steps[0].margin)} are not "
            "reported."
        )
    if result.undecided:
        doubts = dict.fromkeys(e.doubt for e in result.undecided)
        names = join_words([e.variant for e in result.undecided], conjunction="and")
        yield (
            f"Step time of {_escape(names)}: cannot tell, because "
            f"{join_words(doubts, conjunction='and')}."
        )


def _format_size(share: float) -> str:
    return format_percent(share, digits=2) if share < 1 else "over 100%"


def _format_timings(timings: Sequence[SideTiming]) -> Iterator[str]:
    if not timings:
        return
    yield from ("", "### Durations", "", *DURATIONS)
    for each in timings:
        verdict = f"{each.verdict}: {each.doubt}" if each.doubt else each.verdict
        ratio, *controls = map(
            format_side_ratio, (each.ratio, each.base_control, each.head_control)
        )
        yield (
            f"| {_escape(each.variant)} | {each.kind} | {format_seconds(each.base_s)} "
            f"| {format_seconds(each.head_s)} | {ratio} | {verdict} "
            f"| {' | '.join(controls)} | {each.launches} |"
        )
    level = format_percent(1 - ALPHA / len(LOOKS))
    yield ""
    yield (
        f"Changes have intervals of {level}, for up to {len(LOOKS)} looks at the data. "
        "A/A compares two workers of a side; all its intervals include 0 in "
        f"{format_percent(1 - CONTROL_ALPHA)} of measurements where nothing is wrong."
    )
    yield ""


def _escape(text: str) -> str:
    """Return a text in one line that Markdown shows as it is."""
    line = " ".join(make_visible(text).split())
    escaped = SPECIAL.sub(r"\\\1", shorten(line, limit=CELL_CHARACTERS))
    return REFERENCE.sub(rf"\1{ZERO_WIDTH_SPACE}", escaped)


def _in_comment(text: str) -> str:
    """Return a text in one line that cannot end a comment of HTML."""
    return " ".join(make_visible(text).split()).replace("--", "- -").replace(">", "")


def _escape_data(text: str) -> str:
    """Return the message of a workflow command in one line."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    """Return a property of a workflow command."""
    return _escape_data(text).replace(":", "%3A").replace(",", "%2C")


def _join(lines: Sequence[str]) -> str:
    return "\n".join(lines).rstrip() + "\n"
