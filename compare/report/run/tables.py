"""Tables about the run itself: missing cells, machine, settings, duration."""

from __future__ import annotations

from dataclasses import dataclass
from shlex import join
from typing import TYPE_CHECKING

import msgspec

from compare.files import shorten_path
from compare.render.format import (
    format_bandwidth,
    format_flop_rate,
    format_percent,
    format_seconds,
    format_share,
)
from compare.render.table import Field, Table, tabulate
from compare.report.timing.verdict_tables import add_tone
from compare.results.cells import join_labels
from compare.runs.machines import (
    find_differing_names,
    list_machine_records,
    list_workloads_of,
)
from compare.wording import format_count, join_words
from compare.workloads import FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from compare.results.cells import CellGroup
    from compare.runs.folder import Run
    from compare.runs.record import RunRecord, WorkloadRequest


def tabulate_missing(groups: Sequence[CellGroup]) -> Table | None:
    """Return every cell without a result, with the reason; ``None`` without any."""
    cells = [cell for group in groups for cell in group.lines if cell.is_missing]
    if not cells:
        return None
    return tabulate(
        "Cells without a result",
        fields=(
            Field(
                title="cell",
                show=lambda cell: join_labels([cell.label]),
                kind="word",
            ),
            Field(title="status", show=lambda cell: add_tone(cell.state), kind="word"),
            Field(title="reason", show=lambda cell: cell.reason, kind="prose"),
        ),
        items=cells,
    )


def tabulate_environment(environment: Mapping[str, str]) -> Table:
    """Return the recorded facts about the machine and the versions."""
    return tabulate(
        "Environment",
        fields=(
            Field(title="fact", show=lambda x: x[0], kind="prose"),
            Field(title="value", show=lambda x: x[1], kind="prose"),
        ),
        items=environment.items(),
    )


def tabulate_machines(run: Run) -> tuple[Table, ...]:
    """Return the machines of a run on a cluster with their workloads and facts."""
    record = run.record
    if not record.machines:
        return ()
    facts = ["processor", *find_differing_names(record.machines.values())]
    return (
        tabulate(
            "Machines",
            fields=(
                Field(title="machine", show=lambda name: name, kind="word"),
                Field(
                    title="workloads",
                    show=lambda name: ", ".join(
                        list_workloads_of(record, machine=name)
                    ),
                    kind="prose",
                ),
                *(_make_fact_field(fact, record) for fact in dict.fromkeys(facts)),
            ),
            items=record.machines,
        ),
    )


def _make_fact_field(fact: str, record: RunRecord) -> Field[str]:
    return Field(
        title=fact,
        show=lambda name: record.machines[name].environment.get(fact, ""),
        kind="prose",
    )


def tabulate_settings(by_framework: Mapping[str, Mapping[str, str]]) -> Table:
    """Return every setting that can change a result, with a column per framework."""
    names = dict.fromkeys(name for values in by_framework.values() for name in values)

    def make_field(framework: str) -> Field[str]:
        values = by_framework[framework]
        return Field(
            title=framework, show=lambda name: values.get(name, ""), kind="prose"
        )

    return tabulate(
        "Settings that can change a result",
        fields=(
            Field(title="setting", show=lambda name: name, kind="prose"),
            *map(make_field, by_framework),
        ),
        items=names,
    )


def tabulate_limits(run: Run) -> tuple[Table, ...]:
    """Return the measured limits of the machine; empty if none was measured."""
    return tuple(
        _tabulate_limits_of(record, name=name)
        for name, record in list_machine_records(run.record).items()
        if _list_limits(record)
    )


def _tabulate_limits_of(record: RunRecord, *, name: str) -> Table:
    return tabulate(
        f"Limits of {name}, {_describe_conditions(record)}",
        fields=(
            Field(title="limit", show=lambda x: x.name, kind="prose"),
            Field(title="measured", show=lambda x: x.value),
            Field(title="framework", show=lambda x: x.framework, kind="word"),
            Field(title="kernel", show=lambda x: x.kernel, kind="prose"),
        ),
        items=_list_limits(record),
        note="The best of several repetitions in the first launch of each workload, "
        "with the frameworks' own kernels. Bytes read and bytes written are counted, "
        "as in the STREAM benchmark.",
    )


def describe_limits(run: Run) -> str:
    """Return the measured limits in a sentence; empty if none was measured."""
    return " ".join(
        f"Limits of {name}, {_describe_conditions(record)}: "
        f"{join_words(map(str, limits), conjunction='and')}."
        for name, record in list_machine_records(run.record).items()
        if (limits := _list_limits(record))
    )


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A measured limit of the machine, formatted."""

    name: str
    value: str
    framework: str
    kernel: str

    def __str__(self) -> str:
        """Return the limit for a sentence."""
        return f"{self.value} ({self.name})"


def _list_limits(record: RunRecord) -> list[Limit]:
    dtype = record.request.dtype
    frameworks = record.peak_frameworks.get(dtype, {})
    found = []
    if flops := record.peak_flops_per_second.get(dtype):
        found.append(
            Limit(
                name="arithmetic",
                value=format_flop_rate(flops),
                framework=frameworks.get("arithmetic", ""),
                kernel="a square matrix product",
            )
        )
    if moved := record.peak_bytes_per_second.get(dtype):
        found.append(
            Limit(
                name="memory traffic",
                value=format_bandwidth(moved),
                framework=frameworks.get("bandwidth", ""),
                kernel="y += x on arrays much larger than the caches: two arrays read, "
                "one written",
            )
        )
    return found


def _describe_conditions(record: RunRecord) -> str:
    request = record.request
    threads = format_count(request.threads, "thread")
    return f"with {threads} in {request.dtype} on {request.device}"


def tabulate_phases(run: Run) -> Table:
    """Return the duration of each phase of the run."""
    total = sum(phase.seconds for phase in run.record.phases)
    rows = [(phase.name, phase.seconds) for phase in run.record.phases]
    return tabulate(
        "Time spent",
        fields=(
            Field(title="phase", show=lambda x: x[0], kind="word"),
            Field(title="time", show=lambda x: format_seconds(x[1])),
            Field(
                title="share",
                show=lambda x: format_percent(x[1] / total if total else None),
            ),
        ),
        items=[*rows, ("total", total)] if rows else [],
    )


def _name_workload(workload: WorkloadRequest) -> str:
    """Return the name by which a user selects a workload: of a folder, its path."""
    if workload.name == FOLDER:
        return shorten_path(str(workload.config["path"]))
    return workload.swept or workload.label


def format_command(run: Run) -> str:
    """Return the command that repeats the run."""
    request = run.record.request
    if request.command:
        return request.command
    words = ["graph-compare", "run" if request.launches else "agree"]
    words += dict.fromkeys(map(_name_workload, request.workloads)).keys()
    words += ["--suite", request.suite]
    for option, key in (("--data", "data"), ("--image-size", "image_size")):
        values = [w.config[key] for w in request.workloads if key in w.config]
        words += [option, f"{values[0]}"] if values else []
    for size, value in request.sizes.items():
        words += ["--set", f"{size}={value}"]
    swept_sizes = [request.swept_size] if request.swept_size else request.crossed_sizes
    for size in swept_sizes:
        swept = dict.fromkeys(f"{each.values[size]}" for each in request.workloads)
        words += ["--sweep", f"{size}={','.join(swept)}"]
    for variant in request.variants:
        words += ["-v", variant]
    for device in request.devices:
        words += ["--device", device]
    for dtype in request.dtypes:
        words += ["--dtype", dtype]
    words += _format_stopping_options(run)
    words += ["--threads", f"{request.threads}", "--seed", f"{request.seed}"]
    words += ["--profile"] if request.profile else []
    words += ["--graphs"] if request.graphs else []
    words += ["--cluster", request.cluster] if request.cluster else []
    words += ["--force"] if request.force else []
    return join(words)


def _format_stopping_options(run: Run) -> list[str]:
    request = run.record.request
    if not request.launches:
        return []
    words = ["--margin", format_share(request.margin)]
    if request.budget_s is not None:
        words += ["--budget", f"{request.budget_s:g}s"]
    if request.precision is not None:
        words += ["--precision", format_share(request.precision)]
    return words


def format_request(run: Run) -> str:
    """Return the request as in ``run.json``, without empty fields."""
    fields = msgspec.to_builtins(run.record.request)
    given = {name: value for name, value in fields.items() if value is not None}
    return msgspec.json.format(msgspec.json.encode(given), indent=2).decode()
