"""Turn the options of a command line and a suite into a checked request."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from compare import workloads
from compare.contract import DEVICES, DTYPES
from compare.errors import UsageError, unknown_name
from compare.frameworks import find_variant, frameworks, variants
from compare.machine import available_cores
from compare.pipeline.amounts import parse_duration, parse_percentage
from compare.pipeline.installations import expand_variants, read_installations
from compare.pipeline.replicas import require_replicas, split_replicas
from compare.pipeline.sizes import parse_sizes, require_known, set_sizes
from compare.pipeline.suites.suite import load_suite
from compare.pipeline.sweep import parse_sweeps, sweep_workloads
from compare.runs.ranges import RANGES
from compare.runs.record import Request, WorkloadRequest
from compare.stats.estimates import EQUIVALENCE_MARGIN
from compare.timing import stopping
from compare.wording import join_words
from compare.workloads.folder import (
    FILE,
    FolderWorkload,
    is_folder,
    open_folder,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from compare.pipeline.suites.suite import Suite

DEFAULT_DEVICES, DEFAULT_DTYPES = ("cpu",), ("float32",)
Name = TypeVar("Name", bound=str)


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """The options of ``run`` and ``agree``, as typed; the defaults are theirs.

    Args:
        workloads: labels or names; empty for all workloads of the suite.
        variants: ``framework/mode``, the baseline first; empty for all variants.
        devices: where cells run; one if steps are timed.
        dtypes: the dtypes of cells; one if steps are timed.
        suite_name: a built-in suite or the path of a file.
        threads: threads of each worker.
        data: images of the workloads that take them.
        image_size: width and height to which images are resized.
        sizes: ``size=value``, for the workloads that have the size.
        replicas: of each model, such as ``2``; several numbers, such as ``1,2``, are
            a sweep.
        sweep: ``size=value,value,…``, for the workloads that have the size. Two such
            texts give a grid of every combination.
        seed: for data, initial parameters and measurement order.
        budget: a duration, such as ``90s``.
        precision: a percentage, such as ``1%``.
        margin: a percentage.
        profile: profile a few steps after the measurement.
        graphs: take the graphs of each variant after the measurement.
        fresh: compute references and float64 checks that earlier runs stored.
        pythons: ``FRAMEWORK[@LABEL]=PATH``, the interpreters of frameworks.
        requirements: ``tensorflow-cpu==2.20``, from which environments are made.
        cluster: the address of a Dask scheduler, or ``local``.
        force: machines of the cluster may have different versions.
    """

    workloads: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    devices: tuple[str, ...] = DEFAULT_DEVICES
    dtypes: tuple[str, ...] = DEFAULT_DTYPES
    suite_name: str = "quick"
    threads: int = 1
    data: str | None = None
    image_size: int | None = None
    sizes: tuple[str, ...] = ()
    sweep: str | tuple[str, ...] = ()
    replicas: str | None = None
    seed: int = 0
    budget: str | None = None
    precision: str | None = None
    margin: str = f"{EQUIVALENCE_MARGIN:.0%}"
    profile: bool = False
    graphs: bool = False
    fresh: bool = False
    pythons: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    cluster: str | None = None
    force: bool = False


def build_request(
    options: RunOptions,
    *,
    timed: bool,
    report: Callable[[str], None] = lambda _: None,
) -> Request:
    """Return the request that options describe.

    Args:
        options: what the user chose.
        timed: measure steps after the agreement check.
        report: is called with a line before a long installation.

    Raises:
        UsageError: a name is unknown or a number out of range.
        DataError: the suite's file cannot be read.
    """
    suite = load_suite(options.suite_name)
    devices = _select_known("--device", options.devices, expected=DEVICES, timed=timed)
    dtypes = _select_known("--dtype", options.dtypes, expected=DTYPES, timed=timed)
    _require_cluster(options)
    # The processors of a cluster are counted on its machines.
    most = RANGES["threads"].high if options.cluster else len(available_cores())
    require_between("--threads", options.threads, low=1, high=int(most))
    require_between("--seed", options.seed, low=0, high=2**32 - 1)
    named = list(dict.fromkeys(options.variants or suite.variants))
    for variant in named:
        find_variant(variant)
    selected = _select_workloads(suite.workload, names=options.workloads)
    for option in ("data", "image_size"):
        if getattr(options, option) is not None:
            _require_images(f"--{option.replace('_', '-')}", option, selected)
    replicated, swept = split_replicas(options.replicas)
    sizes = parse_sizes((*options.sizes, *replicated))
    require_known(sizes, selected=selected)
    configured = [
        _configure(workload, options=options, sizes=sizes) for workload in selected
    ]
    texts = (options.sweep,) if isinstance(options.sweep, str) else options.sweep
    sweep = parse_sweeps((*texts, *swept))
    configured = _sweep(configured, sweep=sweep, suite=suite)
    require_replicas(configured, threads=options.threads)
    is_default = (tuple(devices), tuple(dtypes)) == (DEFAULT_DEVICES, DEFAULT_DTYPES)
    stop = _choose_stopping_rule(options, suite, timed=timed)
    # Last of all that may be wrong, because it may install packages.
    installations = read_installations(
        options.pythons, options.requirements, report=report
    )
    return Request(
        suite=options.suite_name,
        workloads=configured,
        named=bool(options.variants) or not is_default,
        variants=expand_variants(
            named
            or variants(
                frameworks().values(),
                devices=devices,
                occasion=None if suite.every_mode else "quick",
            ),
            installations,
        ),
        installations=installations,
        devices=devices,
        dtypes=dtypes,
        threads=options.threads,
        seed=options.seed,
        rounds=suite.rounds,
        block_s=suite.block_ms / 1e3,
        trajectory_steps=suite.trajectory_steps,
        time_limit_s=suite.time_limit_s,
        launches=stop.launches,
        repeats=stop.repeats,
        budget_s=stop.budget_s,
        precision=stop.precision,
        sizes=sizes,
        swept_size=next(iter(sweep)) if len(sweep) == 1 else "",
        crossed_sizes=list(sweep) if len(sweep) > 1 else [],
        margin=stop.margin,
        profile=timed and options.profile,
        graphs=timed and options.graphs,
        fresh=options.fresh,
        repeats_steps=suite.repeats_steps,
        cold_starts=suite.cold_starts,
        cluster=options.cluster or "",
        force=options.force,
    )


def _sweep(
    configured: list[WorkloadRequest],
    *,
    sweep: Mapping[str, Sequence[str]],
    suite: Suite,
) -> list[WorkloadRequest]:
    """Return the points of the requested sweep; without one, of the suite's own."""
    if sweep:
        return sweep_workloads(configured, sweep)
    points: list[WorkloadRequest] = []
    for each in configured:
        own = {
            size: [str(value) for value in values]
            for size, values in suite.sweeps.get(each.label, {}).items()
        }
        points += sweep_workloads([each], own) if own else [each]
    return points


@dataclass(frozen=True, kw_only=True)
class StoppingRule:
    """When the measurement of a run ends."""

    launches: int  # at most
    repeats: int = 0  # of disturbed launches
    budget_s: float | None = None
    precision: float | None = None
    margin: float = EQUIVALENCE_MARGIN


def _choose_stopping_rule(
    options: RunOptions, suite: Suite, *, timed: bool
) -> StoppingRule:
    """Return the suite's launches, or the limits that a budget or precision sets."""
    if not timed:
        return StoppingRule(launches=0)
    launches = suite.launches
    budget_s = precision = None
    if options.budget is not None:
        launches = stopping.MAX_LAUNCHES
        budget_s = parse_duration("--budget", options.budget)
    if options.precision is not None:
        launches = stopping.LOOKS[-1]
        precision = parse_percentage(
            "--precision", options.precision, low=1e-4, high=0.5
        )
    is_open = budget_s is not None or precision is not None
    return StoppingRule(
        launches=launches,
        repeats=0 if is_open else suite.repeats,
        budget_s=budget_s,
        precision=precision,
        margin=parse_percentage("--margin", options.margin, low=0.0, high=0.5),
    )


def _select_workloads(
    of_suite: list[WorkloadRequest], *, names: tuple[str, ...]
) -> list[WorkloadRequest]:
    """Return the workloads with these labels or names; all of the suite without names.

    A workload that the suite does not contain has its default sizes.
    """
    of_its_own = dict.fromkeys(w for e in of_suite for w in (e.label, e.name))
    chosen = [w for w in of_suite if not names or {w.label, w.name} & set(names)]
    for name in dict.fromkeys(names):
        if name in of_its_own:
            continue
        if name in workloads.names():
            chosen.append(WorkloadRequest(label=name, name=name))
        elif is_folder(name):
            chosen.append(request_folder(name))
        else:
            known = dict.fromkeys((*of_its_own, *workloads.names()))
            raise unknown_name(
                "workload", name, expected=(*known, f"a folder with {FILE}")
            )
    return chosen


def request_folder(name: str) -> WorkloadRequest:
    """Return the request for the workload of a folder.

    Raises:
        UsageError: the folder has no model.
        DataError: its workload cannot be read.
    """
    folder = open_folder(name, settings={}, seed=0)
    label = re.sub(r"\W", "_", Path(folder.path).name).strip("_") or "folder"
    return WorkloadRequest(
        label=label, name=FolderWorkload.model, config=dataclasses.asdict(folder)
    )


def _require_images(option: str, key: str, selected: Iterable[WorkloadRequest]) -> None:
    """Refuse an option of images if no selected workload takes images."""
    if not any(key in workloads.list_keys(each.name) for each in selected):
        raise UsageError(
            f"{option}: expected a workload that takes images, such as cnn; "
            f"received {join_words(each.label for each in selected)}"
        )


def _require_cluster(options: RunOptions) -> None:
    """Refuse an empty address, and what has no meaning without one."""
    if options.cluster is not None and not options.cluster.strip():
        raise UsageError(
            "--cluster: expected the address of a Dask scheduler, such as "
            'tcp://host:8786, or local; received ""'
        )
    if options.force and options.cluster is None:
        raise UsageError(
            "--force: expected --cluster ADDRESS, because it accepts machines with "
            "different versions; received no cluster. Leave it out"
        )


def _configure(
    workload: WorkloadRequest, *, options: RunOptions, sizes: dict[str, str]
) -> WorkloadRequest:
    """Return the workload with those options and sizes that its configuration has."""
    keys = workloads.list_keys(workload.name)
    chosen = {key: getattr(options, key) for key in ("data", "image_size", "seed")}
    given = {k: v for k, v in chosen.items() if k in keys and v is not None}
    config = {**workload.config, **given}
    return set_sizes(msgspec.structs.replace(workload, config=config), sizes)


def _select_known(
    option: str, received: Iterable[str], *, expected: tuple[Name, ...], timed: bool
) -> list[Name]:
    """Return the names without repetitions; one if steps are timed."""
    names = [
        require_expected(option, name, expected=expected)
        for name in dict.fromkeys(received)
    ]
    if timed and len(names) > 1:
        raise UsageError(
            f"{option}: expected one value, because steps are timed; received "
            f"{join_words(names, conjunction='and')}. Use one run for each, or check "
            "all of them without timing: graph-compare agree"
        )
    return names


def require_expected(option: str, received: str, *, expected: tuple[Name, ...]) -> Name:
    """Return the expected name that a text is.

    Raises:
        UsageError: it is none.
    """
    for name in expected:
        if name == received:
            return name
    raise unknown_name(option, received, expected=expected)


def require_between(option: str, received: int, *, low: int, high: int) -> None:
    """Raise unless a number is in a range.

    Raises:
        UsageError: it is not.
    """
    if not low <= received <= high:
        raise UsageError(
            f"{option}: expected a whole number from {low} to {high}; "
            f"received {received}"
        )
