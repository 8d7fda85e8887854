"""The run itself: what did not run, on what machine, with what settings, how long."""

from __future__ import annotations

from dataclasses import dataclass
from shlex import join
from typing import TYPE_CHECKING

import msgspec

from compare.render.format import bandwidth, percent, rate, seconds
from compare.render.table import Field, Table, tabulate
from compare.report.timing.verdict_tables import toned
from compare.results.cells import join_labels
from compare.wording import format_count, join_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.results.cells import CellGroup
    from compare.runs.folder import Run


def missing(comparisons: Sequence[CellGroup]) -> Table | None:
    """Every cell without a result, and why; ``None`` where there is none."""
    lines = [
        line
        for comparison in comparisons
        for line in comparison.lines
        if line.is_missing
    ]
    if not lines:
        return None
    return tabulate(
        "Cells without a result",
        fields=(
            Field(
                title="cell",
                show=lambda x: join_labels([x.label]),
                kind="word",
            ),
            Field(title="outcome", show=lambda x: toned(x.state), kind="word"),
            Field(title="reason", show=lambda x: x.reason, kind="prose"),
        ),
        items=lines,
    )


def environment(run: Run) -> Table:
    """The machine and the versions, as the run recorded them."""
    return tabulate(
        "Environment",
        fields=(
            Field(title="fact", show=lambda x: x[0], kind="prose"),
            Field(title="value", show=lambda x: x[1], kind="prose"),
        ),
        items=run.record.environment.items(),
    )


def settings(run: Run) -> Table:
    """Every setting that can change a result, the frameworks side by side."""
    by_framework = run.record.settings
    names = dict.fromkeys(name for values in by_framework.values() for name in values)

    def of(framework: str) -> Field[str]:
        values = by_framework[framework]
        return Field(
            title=framework, show=lambda name: values.get(name, ""), kind="prose"
        )

    return tabulate(
        "Settings that can change a result",
        fields=(
            Field(title="setting", show=lambda name: name, kind="prose"),
            *(of(framework) for framework in by_framework),
        ),
        items=names,
    )


def limits(run: Run) -> tuple[Table, ...]:
    """What the machine can do at most, where it was measured."""
    reached = _reached(run)
    if not reached:
        return ()
    table = tabulate(
        f"Limits of this machine, {_circumstances(run)}",
        fields=(
            Field(title="limit", show=lambda x: x.name, kind="prose"),
            Field(title="reached", show=lambda x: x.value),
            Field(title="by", show=lambda x: x.framework, kind="word"),
            Field(title="with", show=lambda x: x.kernel, kind="prose"),
        ),
        items=reached,
        note="The best of several repetitions in each workload's first launch, by the "
        "frameworks' own kernels. Bytes are counted as STREAM counts them, read and "
        "written.",
    )
    return (table,)


def limits_in_words(run: Run) -> str:
    """The same in a sentence; nothing where nothing was measured."""
    reached = _reached(run)
    if not reached:
        return ""
    said = join_words(
        (f"{each.value} of {each.name}" for each in reached), conjunction="and"
    )
    return f"The most that this machine did, {_circumstances(run)}: {said}."


@dataclass(frozen=True, kw_only=True)
class Reached:
    """A limit of the machine in words."""

    name: str
    value: str
    framework: str
    kernel: str


def _reached(run: Run) -> list[Reached]:
    record, dtype = run.record, run.record.request.dtype
    by = record.peak_frameworks.get(dtype, {})
    found = []
    if flops := record.peak_flops_per_second.get(dtype):
        found.append(
            Reached(
                name="arithmetic",
                value=rate(flops),
                framework=by.get("arithmetic", ""),
                kernel="a square matrix product",
            )
        )
    if moved := record.peak_bytes_per_second.get(dtype):
        found.append(
            Reached(
                name="memory traffic",
                value=bandwidth(moved),
                framework=by.get("bandwidth", ""),
                kernel="y += x on arrays far larger than the caches: two read, one "
                "written",
            )
        )
    return found


def _circumstances(run: Run) -> str:
    request = run.record.request
    threads = format_count(request.threads, "thread")
    return f"with {threads} in {request.dtype} on {request.device}"


def phases(run: Run) -> Table:
    """Where the time of the run went."""
    total = sum(phase.seconds for phase in run.record.phases)
    rows = [(phase.name, phase.seconds) for phase in run.record.phases]
    return tabulate(
        "Time spent",
        fields=(
            Field(title="phase", show=lambda x: x[0], kind="word"),
            Field(title="time", show=lambda x: seconds(x[1])),
            Field(
                title="share", show=lambda x: percent(x[1] / total if total else None)
            ),
        ),
        items=[*rows, ("total", total)] if rows else [],
    )


def command(run: Run) -> str:
    """What to type to ask for the same again."""
    request = run.record.request
    words = ["graph-compare", "run" if request.launches else "agree"]
    words += [workload.label for workload in request.workloads]
    words += ["--suite", request.suite]
    for option, key in (("--data", "data"), ("--image-size", "image_size")):
        values = [w.config[key] for w in request.workloads if key in w.config]
        words += [option, f"{values[0]}"] if values else []
    for variant in request.variants:
        words += ["-v", variant]
    for device in request.devices:
        words += ["--device", device]
    for dtype in request.dtypes:
        words += ["--dtype", dtype]
    words += _when_to_stop(run)
    words += ["--threads", f"{request.threads}", "--seed", f"{request.seed}"]
    words += ["--profile"] if request.profile else []
    return join(words)


def _when_to_stop(run: Run) -> list[str]:
    request = run.record.request
    if not request.launches:
        return []
    words = ["--margin", as_percent(request.margin)]
    if request.budget_s is not None:
        words += ["--budget", f"{request.budget_s:g}s"]
    if request.precision is not None:
        words += ["--precision", as_percent(request.precision)]
    return words


def as_percent(share: float) -> str:
    """A share as it is typed: ``0.5%``."""
    return f"{100 * share:.6g}%"


def request(run: Run) -> str:
    """The whole request as ``run.json`` holds it, less what was left open."""
    fields = msgspec.to_builtins(run.record.request)
    asked = {name: value for name, value in fields.items() if value is not None}
    return msgspec.json.format(msgspec.json.encode(asked), indent=2).decode()
