"""The results of exports as tables for terminal, Markdown and HTML."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

from compare.deploy.judge import describe_judged_error
from compare.deploy.rows import DeployRow, ExportStatus, OtherSize
from compare.frameworks import frameworks
from compare.render.format import format_bytes, format_ratio, format_seconds
from compare.render.table import Field, Value, tabulate
from compare.runs.words import Verdict

if TYPE_CHECKING:
    from compare.deploy.rows import Deployment
    from compare.render.table import Table, Tone

TONES: dict[Verdict, Tone] = {
    Verdict.AGREES: "good",
    Verdict.DISAGREES: "bad",
    Verdict.UNDECIDED: "caution",
    Verdict.BOTH_DIVERGED: "caution",
}


START = "Its start includes that of the harness's worker."
OTHER_TONES: dict[OtherSize, Tone] = {
    OtherSize.AGREES: "good",
    OtherSize.DISAGREES: "bad",
}


def tabulate_deployment(found: Deployment) -> list[Table]:
    """Return results and needs of every format, and why something did not work."""
    tables = [tabulate_results(found), tabulate_needs(found)]
    return tables + ([tabulate_reasons(found)] if list_reasons(found) else [])


def has_failed(found: Deployment) -> bool:
    """Return whether a file that was written disagrees or does not run."""
    return any(
        row.export is ExportStatus.FAILED
        or row.verdict is Verdict.DISAGREES
        or row.other_size is OtherSize.DISAGREES
        for row in found.rows
    )


def tabulate_results(found: Deployment) -> Table:
    """Return the table of agreement and duration."""
    return tabulate(
        f"{found.workload}: exported models, each run in a process of its own",
        fields=[
            Field(title="Export", show=_name, kind="word"),
            Field(title="Runs in", show=lambda row: row.runner, kind="word"),
            Field(title="Outputs", show=_show_verdict, kind="word"),
            Field(title="Half batch", show=_show_other_size, kind="word"),
            Field(title="Ratio to eager", show=_show_ratio, optional=True),
            Field(
                title="Inference",
                show=lambda row: format_seconds(row.call_s),
                optional=True,
            ),
        ],
        items=found.rows,
        note=_describe_eager(found),
    )


def tabulate_needs(found: Deployment) -> Table:
    """Return the table of what each file takes and needs."""
    return tabulate(
        f"{found.workload}: what each exported model takes and needs",
        fields=[
            Field(title="Export", show=_name, kind="word"),
            Field(title="File", show=lambda row: format_bytes(row.file_bytes)),
            Field(title="Export time", show=lambda row: format_seconds(row.export_s)),
            Field(
                title="Start",
                show=lambda row: format_seconds(row.start_s),
                optional=True,
            ),
            Field(
                title="Loading",
                show=lambda row: format_seconds(row.load_s),
                optional=True,
            ),
            Field(
                title="Peak memory",
                show=lambda row: format_bytes(row.peak_rss_bytes),
                optional=True,
            ),
            Field(title="Needs", show=_list_needs, kind="word"),
            Field(title="Format", show=_describe_format, kind="prose"),
        ],
        items=found.rows,
    )


def tabulate_reasons(found: Deployment) -> Table:
    """Return the table of everything that did not work."""
    return tabulate(
        f"{found.workload}: what did not work or may be wrong, and why",
        fields=[
            Field(title="Export", show=lambda item: _name(item[0]), kind="word"),
            Field(title="What", show=lambda item: item[1], kind="word"),
            Field(title="Why", show=lambda item: item[2], kind="prose"),
        ],
        items=list_reasons(found),
    )


def list_reasons(found: Deployment) -> list[tuple[DeployRow, str, str]]:
    """Return row, what did not work or may be wrong, and why."""
    reasons = []
    for row in found.rows:
        if row.export is not ExportStatus.DONE:
            reasons.append((row, str(row.export), row.reason))
        elif row.verdict is not Verdict.AGREES:
            reasons.append((row, str(row.verdict), describe_deviation(row)))
        reasons += [(row, "warning", warning) for warning in row.warnings]
        if row.other_reason:
            reasons.append((row, f"half batch: {row.other_size}", row.other_reason))
    return reasons


def describe_deviation(row: DeployRow) -> str:
    """Return how far outputs differ, and where the difference begins."""
    parts = [row.reason, describe_judged_error(row.error, row.tolerance)]
    if row.location_reason:
        parts.append(f"not located: {row.location_reason}")
    if (place := row.location) is not None:
        where = f" ({place.place})" if place.place else ""
        after = f", after {place.after}" if place.after else ""
        parts.append(
            f"the first node that differs is {place.operation} {place.node}"
            f"{where}{after}"
        )
    if row.blame is not None:
        parts.append(f"blame: {row.blame}")
    return "; ".join(filter(None, parts))


def _name(row: DeployRow) -> str:
    return f"{row.framework}/{row.format}"


def _show_verdict(row: DeployRow) -> Value:
    if row.verdict is None:
        tone: Tone = "bad" if row.export is ExportStatus.FAILED else "caution"
        return Value(text=str(row.export), tone=tone)
    return Value(text=str(row.verdict), tone=TONES[row.verdict])


def _show_other_size(row: DeployRow) -> Value:
    if row.other_size is OtherSize.NOT_TRIED:
        return Value(text="")
    tone = OTHER_TONES.get(row.other_size, "caution")
    return Value(text=str(row.other_size), tone=tone)


def _show_ratio(row: DeployRow) -> str:
    if row.ratio is None:
        return ""
    ends = (nan if end is None else end for end in (row.ratio_low, row.ratio_high))
    return format_ratio(row.ratio, *ends)


def _list_needs(row: DeployRow) -> str:
    if not row.needs_framework:  # our runner is in Python; the library needs none
        return row.runner
    title = frameworks()[row.framework].title
    return f"Python and {title}" if row.needs_python else title


def _describe_format(row: DeployRow) -> str:
    exports = frameworks()[row.framework].exports
    return next(each.summary for each in exports if each.name == row.format)


def _describe_eager(found: Deployment) -> str:
    parts = [
        f"{each.framework}: start {format_seconds(each.start_s)}, inference "
        f"{format_seconds(each.call_s)}, memory {format_bytes(each.peak_rss_bytes)}"
        for each in found.eager
    ]
    sentences = (
        [f"Eager in Python, as trained. {'; '.join(parts)}. {START}"] if parts else []
    )
    sentences += [f"{name}: not timed: {why}." for name, why in found.untimed.items()]
    return " ".join(sentences)
