"""A run's samples and start costs as tables: ``timing.csv`` and ``ranking.csv``."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from math import exp, nan
from statistics import fmean
from typing import TYPE_CHECKING, Any

from compare.runs.record import CONTROL
from compare.runs.rows import RankingRow, TimingRow
from compare.runs.words import VoidReason
from compare.stats.break_even import Cost, break_even_steps
from compare.stats.estimates import (
    Interval,
    TimingVerdict,
    adjust_holm,
    bootstrap_intervals,
    judge_ratio,
    minimum_detectable_effect,
    p_value_of_difference,
    p_value_of_equivalence,
    ratio_interval,
)
from compare.stats.paired import launch_estimates, log_ratios
from compare.stats.steady_state import UnsteadyState, find_unsteady_states
from compare.timing import stopping
from compare.timing.cost import estimate_start_noise
from compare.timing.step_times import log_step_times

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pandas as pd

    from compare.runs.record import Cell, RunRecord, Start


@dataclass(frozen=True, kw_only=True)
class Timed:
    """All that was measured of one row of the table."""

    cell: Cell
    mode: str  # the cell's, or "control"
    step_ns: float  # geometric mean over launches of the median step
    device_step_ns: float
    log_ratios: list[float]  # to the baseline, one a launch
    bootstrap: Interval
    starts: list[Start]
    blocks: int  # that count
    voided: dict[str, int]  # that do not, by reason
    unsteady: UnsteadyState | None  # where no steady state was reached


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What all ratios of a workload are judged by together."""

    alpha: float
    differs: dict[str, float] = field(default_factory=dict)  # variant -> Holm's p
    equivalent: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What a workload's samples say: rounds, and launches of them."""

    samples: pd.DataFrame
    steps: pd.DataFrame  # log step times: a round a row, a variant a column
    ratios: pd.DataFrame  # log ratios to the baseline: a launch a row


def compute_tables(
    record: RunRecord, samples: pd.DataFrame
) -> tuple[list[TimingRow], list[RankingRow]]:
    """Return the rows of ``timing.csv`` and of ``ranking.csv``.

    The first has one row per timed cell, with the control after its workload's cells;
    the second one row per pair of a workload's variants.
    """
    timing: list[TimingRow] = []
    ranking: list[RankingRow] = []
    noise = estimate_start_noise(record.starts)
    for workload in record.request.workloads:
        measured = measured_of(record, samples, workload=workload.label)
        timing += _timing(record, measured, workload=workload.label, noise=noise)
        ranking += _ranking(record, measured, workload=workload.label)
    return timing, ranking


def measured_of(record: RunRecord, samples: pd.DataFrame, *, workload: str) -> Measured:
    """The samples of a workload, paired round by round and summed up by launch."""
    mine = (samples["workload"] == workload).to_numpy()
    own = samples if mine.all() else samples[mine]
    steps = log_step_times(own)
    ratios = launch_estimates(log_ratios(steps, baseline=record.baseline))
    return Measured(samples=own, steps=steps, ratios=ratios)


def _timing(
    record: RunRecord, measured: Measured, *, workload: str, noise: float
) -> list[TimingRow]:
    timed = _timed(record, measured, workload=workload)
    baselines = [t for t in timed if _is_baseline(t, record=record)]
    claims = _claims(timed, record=record)
    return [
        _row(
            each,
            baseline=baselines[0] if baselines else None,
            record=record,
            claims=claims,
            noise=noise,
            is_unproven=_is_unproven(timed, alpha=claims.alpha),
        )
        for each in timed
    ]


def _ranking(
    record: RunRecord, measured: Measured, *, workload: str
) -> Iterator[RankingRow]:
    """Every pair of variants; all intervals hold at once.

    Their chances of error are those of one claim, divided among them (Bonferroni).
    """
    ratios = measured.ratios
    cells = [cell for cell in record.cells if cell.workload == workload]
    pairs = [
        (one, other)
        for one, other in combinations(cells, 2)
        if one.variant in ratios and other.variant in ratios
    ]
    for one, other in pairs:
        apart = (ratios[one.variant] - ratios[other.variant]).dropna().to_list()
        alpha = stopping.alpha_per_look(record.request) / len(pairs)
        interval = ratio_interval(apart, alpha=alpha)
        yield RankingRow(
            workload=one.workload,
            variant=one.variant,
            other=other.variant,
            device=one.device,
            dtype=one.dtype,
            ratio=interval.estimate,
            ratio_low=interval.low,
            ratio_high=interval.high,
        )


def _timed(record: RunRecord, measured: Measured, *, workload: str) -> list[Timed]:
    """What was measured of a workload, cell by cell."""
    steps, ratios = measured.steps, measured.ratios
    if measured.samples.empty:
        return []
    medians = steps.groupby(level="launch").median()
    whole = ratios.dropna(axis=1)
    intervals = bootstrap_intervals(
        whole.to_numpy(), alpha=stopping.alpha_per_look(record.request)
    )
    bootstraps = dict(zip(whole, intervals, strict=True))
    unsteady = find_unsteady_states(steps)
    voided = _voided(measured.samples)
    on_device = _device_step_ns(measured.samples)
    return [
        Timed(
            cell=cell,
            mode=mode,
            step_ns=exp(medians[name].mean()) if name in steps else nan,
            device_step_ns=on_device.get(name, nan),
            log_ratios=ratios[name].dropna().to_list() if name in ratios else [],
            bootstrap=bootstraps.get(name, Interval()),
            starts=_starts(record, cell=cell, mode=mode),
            blocks=int(steps[name].count()) if name in steps else 0,
            voided=voided.get(name, {}),
            unsteady=unsteady.get(name),
        )
        for cell, mode in _rows_of(record, workload=workload)
        if (name := f"{cell.framework}/{mode}") in steps or name in voided
    ]


def _voided(samples: pd.DataFrame) -> dict[str, dict[str, int]]:
    """How many blocks of each variant do not count, by reason."""
    found: dict[str, dict[str, int]] = {}
    voided = samples[(samples["void"] != "").to_numpy()]
    columns = (voided[name] for name in ("framework", "mode", "void"))
    for framework, mode, reason in zip(*columns, strict=True):
        counts = found.setdefault(f"{framework}/{mode}", {})
        counts[reason] = counts.get(reason, 0) + 1
    return found


def _device_step_ns(samples: pd.DataFrame) -> dict[str, float]:
    """The median step by the device's own clock, where it has one."""
    told = samples[samples["device_ns"].notna().to_numpy()]
    if told.empty:
        return {}
    by_device = log_step_times(told.assign(duration_ns=told["device_ns"]))
    medians = by_device.groupby(level="launch").median().mean()
    return {str(name): exp(log_step) for name, log_step in medians.items()}


def _starts(record: RunRecord, *, cell: Cell, mode: str) -> list[Start]:
    return [
        start
        for start in record.starts
        if (start.workload, start.framework, start.mode)
        == (cell.workload, cell.framework, mode)
    ]


def _claims(timed: list[Timed], *, record: RunRecord) -> Claims:
    """The chances of every claim, corrected for their number."""
    compared = [
        each
        for each in timed
        if each.mode != CONTROL and not _is_baseline(each, record=record)
    ]
    margin = record.request.margin
    names = [each.cell.variant for each in compared]
    differs = adjust_holm([p_value_of_difference(each.log_ratios) for each in compared])
    apart = adjust_holm(
        [p_value_of_equivalence(e.log_ratios, margin=margin) for e in compared]
    )
    return Claims(
        alpha=stopping.alpha_per_look(record.request),
        differs=dict(zip(names, differs, strict=True)),
        equivalent=dict(zip(names, apart, strict=True)),
    )


def _rows_of(record: RunRecord, *, workload: str) -> Iterator[tuple[Cell, str]]:
    cells = [cell for cell in record.cells if cell.workload == workload]
    yield from ((cell, cell.mode) for cell in cells)
    yield from ((cell, CONTROL) for cell in cells if cell.variant == record.baseline)


def _is_baseline(timed: Timed, *, record: RunRecord) -> bool:
    return timed.cell.variant == record.baseline and timed.mode != CONTROL


def _is_unproven(timed: list[Timed], *, alpha: float) -> bool:
    """Return whether the interval of the control excludes 1."""
    for each in timed:
        interval = ratio_interval(each.log_ratios, alpha=alpha)
        if each.mode == CONTROL and interval.excludes_one:
            return True
    return False


def _row(  # noqa: PLR0913 - a cell and what it is judged by
    timed: Timed,
    *,
    baseline: Timed | None,
    record: RunRecord,
    claims: Claims,
    noise: float,
    is_unproven: bool,
) -> TimingRow:
    cell, seconds = timed.cell, timed.step_ns / 1e9
    ratio = ratio_interval(timed.log_ratios, alpha=claims.alpha)
    is_compared = cell.variant in claims.differs and timed.mode != CONTROL
    differs = claims.differs[cell.variant] if is_compared else nan
    equivalent = claims.equivalent[cell.variant] if is_compared else nan
    named = TimingVerdict.BASELINE if timed is baseline else TimingVerdict.CONTROL
    pays = Interval()
    if is_compared:
        named = judge_ratio(
            ratio, differs=differs, equivalent=equivalent, alpha=claims.alpha
        )
        if baseline is not None:
            price, than = (_price(each, noise=noise) for each in (timed, baseline))
            pays = break_even_steps(price, baseline=than, ratio=ratio)
    work = record.flops_per_step.get(cell.workload, nan)
    flops = work / seconds
    peak = record.peak_flops_per_second.get(cell.dtype) or nan
    is_baseline = timed is baseline
    return TimingRow(
        **{**cell.key, "mode": timed.mode},
        captures=cell.captures,
        step_time_ns=timed.step_ns,
        device_step_time_ns=timed.device_step_ns,
        ratio=ratio.estimate,
        ratio_low=ratio.low,
        ratio_high=ratio.high,
        bootstrap_low=timed.bootstrap.low,
        bootstrap_high=timed.bootstrap.high,
        holm_p=differs,
        equivalence_p=equivalent,
        detectable=nan
        if is_baseline
        else minimum_detectable_effect(
            timed.log_ratios, claims=len(claims.differs), alpha=claims.alpha
        ),
        **_costs(timed.starts),
        break_even_steps=pays.estimate,
        break_even_low=pays.low,
        break_even_high=pays.high,
        flops_per_second=flops,
        fraction_of_peak=flops / peak,
        arithmetic_ns=work / peak * 1e9,
        launches=len(timed.log_ratios),
        blocks=timed.blocks,
        **_voided_columns(timed.voided),
        **_unsteady_columns(timed.unsteady),
        verdict=named,
        is_unproven=is_unproven,
    )


def _voided_columns(voided: Mapping[str, int]) -> dict[str, Any]:
    """Return how many blocks do not count, in total and by reason."""
    by_reason = {
        f"voided_{reason.name.lower()}": voided.get(reason, 0) for reason in VoidReason
    }
    return {"voided": sum(voided.values()), **by_reason}


def _unsteady_columns(found: UnsteadyState | None) -> dict[str, Any]:
    """Return where a session left its steady state; nothing where it did not."""
    if found is None:
        return {}
    return {
        "unsteady_launch": found.launch,
        "unsteady_round": found.round,
        "unsteady_change": found.relative_change,
    }


def _price(timed: Timed, *, noise: float) -> Cost:
    costs = _costs(timed.starts)
    start_s = costs["import_s"] + costs["prepare_s"] + costs["first_call_cold_s"]
    return Cost(
        start_s=start_s, start_half_s=noise * start_s, step_s=timed.step_ns / 1e9
    )


def _costs(starts: list[Start]) -> dict[str, Any]:
    """What starting cost, over the launches: means of times, most of memory."""
    most = {name: _most(getattr(start, name) for start in starts) for name in MOST}
    peaks = (most["start_rss_bytes"], most["steady_rss_bytes"])
    on_device = (most["start_device_bytes"], most["steady_device_bytes"])
    return {
        "import_s": _mean(start.import_s for start in starts),
        "prepare_s": _mean(start.prepare_s for start in starts),
        "first_call_cold_s": _mean(s.first_call_s for s in starts if s.cold),
        "first_call_warm_s": _mean(s.first_call_s for s in starts if not s.cold),
        "peak_rss_bytes": _most(peaks),
        "peak_device_bytes": _most(on_device),
        **most,
    }


MOST = (
    "import_rss_bytes",
    "start_rss_bytes",
    "steady_rss_bytes",
    "start_device_bytes",
    "steady_device_bytes",
    "reserved_device_bytes",
    "captures_count",
    "recaptures",
    "graph_breaks",
)


def _mean(values: Iterable[float]) -> float:
    known = list(values)
    return fmean(known) if known else nan


def _most(values: Iterable[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)
