"""Compute ``timing.csv`` and ``ranking.csv`` from a run's samples and start costs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import exp, nan
from statistics import fmean
from typing import TYPE_CHECKING, Any

from compare.runs.machines import with_facts_of_machine
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
from compare.timing.disturbance import Slowdowns, find_disturbance, select_used
from compare.timing.step_times import log_step_times

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pandas as pd

    from compare.runs.record import Cell, RunRecord, Start


# Of these figures of a start, a row has the largest over the launches.
MAXIMA = (
    "import_rss_bytes",
    "start_rss_bytes",
    "steady_rss_bytes",
    "start_device_bytes",
    "steady_device_bytes",
    "reserved_device_bytes",
    "captures_count",
    "recaptures",
    "first_call_steps",
    "graph_breaks",
)


@dataclass(frozen=True, kw_only=True)
class TimedCell:
    """All measurements of one row of ``timing.csv``."""

    cell: Cell
    mode: str  # the cell's, or "control"
    step_ns: float  # median over launches of the median step
    device_step_ns: float
    log_ratios: list[float]  # to the baseline, one per launch
    bootstrap: Interval
    starts: list[Start]
    blocks: int  # that count
    voided: dict[str, int]  # blocks that do not count, by reason
    unsteady: UnsteadyState | None  # None if the session reached a steady state


@dataclass(frozen=True, kw_only=True)
class WorkloadSamples:
    """The samples of one workload, paired by round and combined by launch."""

    samples: pd.DataFrame  # of the launches that are used
    disturbance: Slowdowns
    steps: pd.DataFrame  # log step times: one row per round, one column per variant
    ratios: pd.DataFrame  # log ratios to the baseline: one row per launch


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What the rows of one workload are judged by. It is the same for all of them.

    The p-values are corrected for the number of variants that are compared (Holm).
    """

    alpha: float
    difference_p: dict[str, float]  # by variant
    equivalence_p: dict[str, float]
    baseline: TimedCell | None
    noise: float  # relative, of the time of a start
    disturbance: Slowdowns
    is_unproven: bool  # the interval of the control excludes 1


def compute_tables(
    record: RunRecord, samples: pd.DataFrame
) -> tuple[list[TimingRow], list[RankingRow]]:
    """Return the rows of ``timing.csv`` and of ``ranking.csv``.

    The first has one row per timed cell, with the control after its workload's cells.
    The second has one row per pair of a workload's variants.
    """
    timing: list[TimingRow] = []
    ranking: list[RankingRow] = []
    noise = estimate_start_noise(record.starts)
    for workload in record.request.workloads:
        paired = pair_samples(record, samples, workload=workload.label)
        own = with_facts_of_machine(record, workload=workload.label)
        timing += _make_timing_rows(own, paired, workload=workload.label, noise=noise)
        ranking += _make_ranking_rows(own, paired, workload=workload.label)
    return timing, ranking


def pair_samples(
    record: RunRecord, samples: pd.DataFrame, *, workload: str
) -> WorkloadSamples:
    """Return the samples of a workload, paired by round and combined by launch."""
    mine = (samples["workload"] == workload).to_numpy()
    own = samples if mine.all() else samples[mine]
    disturbance = find_disturbance(own, request=record.request)
    used = select_used(own, disturbance)
    steps = log_step_times(used)
    ratios = launch_estimates(log_ratios(steps, baseline=record.baseline))
    return WorkloadSamples(
        samples=used, disturbance=disturbance, steps=steps, ratios=ratios
    )


def _make_timing_rows(
    record: RunRecord, paired: WorkloadSamples, *, workload: str, noise: float
) -> list[TimingRow]:
    timed = _collect_timed_cells(record, paired, workload=workload)
    claims = _compute_claims(
        timed, record=record, noise=noise, disturbance=paired.disturbance
    )
    return [_make_timing_row(each, record=record, claims=claims) for each in timed]


def _make_ranking_rows(
    record: RunRecord, paired: WorkloadSamples, *, workload: str
) -> Iterator[RankingRow]:
    """Yield one row per pair of variants, with simultaneous confidence intervals.

    The significance level is divided by the number of pairs (Bonferroni). A disturbed
    measurement ranks nothing.
    """
    if paired.disturbance.is_disturbed:
        return
    ratios = paired.ratios
    cells = [cell for cell in record.cells if cell.workload == workload]
    pairs = [
        (one, other)
        for one, other in combinations(cells, 2)
        if one.variant in ratios and other.variant in ratios
    ]
    for one, other in pairs:
        differences = (ratios[one.variant] - ratios[other.variant]).dropna().to_list()
        alpha = stopping.alpha_per_look(record.request) / len(pairs)
        interval = ratio_interval(differences, alpha=alpha)
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


def _collect_timed_cells(
    record: RunRecord, paired: WorkloadSamples, *, workload: str
) -> list[TimedCell]:
    """Return the measurements of every cell that has a sample, and of the control."""
    steps, ratios = paired.steps, paired.ratios
    if paired.samples.empty:
        return []
    medians = steps.groupby(level="launch").median()
    # The bootstrap resamples launches, so it needs variants that completed all of them.
    complete = ratios.dropna(axis=1)
    intervals = bootstrap_intervals(
        complete.to_numpy(), alpha=stopping.alpha_per_look(record.request)
    )
    bootstraps = dict(zip(complete, intervals, strict=True))
    unsteady = find_unsteady_states(steps, rounds=record.request.rounds)
    voided = _count_voided(paired.samples)
    on_device = _compute_device_step_ns(paired.samples)
    return [
        TimedCell(
            cell=cell,
            mode=mode,
            step_ns=exp(medians[name].median()) if name in steps else nan,
            device_step_ns=on_device.get(name, nan),
            log_ratios=ratios[name].dropna().to_list() if name in ratios else [],
            bootstrap=bootstraps.get(name, Interval()),
            starts=_select_starts(record, cell=cell, mode=mode),
            blocks=int(steps[name].count()) if name in steps else 0,
            voided=voided.get(name, {}),
            unsteady=unsteady.get(name),
        )
        for cell, mode in _list_modes(record, workload=workload)
        if (name := f"{cell.framework}/{mode}") in steps or name in voided
    ]


def _count_voided(samples: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Return how many blocks of each variant do not count, by reason."""
    found: dict[str, dict[str, int]] = {}
    voided = samples[(samples["void"] != "").to_numpy()]
    columns = (voided[name] for name in ("framework", "mode", "void"))
    for framework, mode, reason in zip(*columns, strict=True):
        counts = found.setdefault(f"{framework}/{mode}", {})
        counts[reason] = counts.get(reason, 0) + 1
    return found


def _compute_device_step_ns(samples: pd.DataFrame) -> dict[str, float]:
    """Return the median step by the device's own clock, for variants that have one."""
    timed = samples[samples["device_ns"].notna().to_numpy()]
    if timed.empty:
        return {}
    by_device = log_step_times(timed.assign(duration_ns=timed["device_ns"]))
    medians = by_device.groupby(level="launch").median().median()
    return {str(name): exp(log_step) for name, log_step in medians.items()}


def _select_starts(record: RunRecord, *, cell: Cell, mode: str) -> list[Start]:
    return [
        start
        for start in record.starts
        if (start.workload, start.framework, start.mode)
        == (cell.workload, cell.framework, mode)
    ]


def _compute_claims(
    timed: list[TimedCell],
    *,
    record: RunRecord,
    noise: float,
    disturbance: Slowdowns,
) -> Claims:
    baselines = [each for each in timed if _is_baseline(each, record=record)]
    compared = [
        each
        for each in timed
        if each.mode != CONTROL and not _is_baseline(each, record=record)
    ]
    alpha, margin = stopping.alpha_per_look(record.request), record.request.margin
    names = [each.cell.variant for each in compared]
    difference = adjust_holm(
        [p_value_of_difference(each.log_ratios) for each in compared]
    )
    equivalence = adjust_holm(
        [p_value_of_equivalence(e.log_ratios, margin=margin) for e in compared]
    )
    return Claims(
        alpha=alpha,
        difference_p=dict(zip(names, difference, strict=True)),
        equivalence_p=dict(zip(names, equivalence, strict=True)),
        baseline=baselines[0] if baselines else None,
        noise=noise,
        disturbance=disturbance,
        is_unproven=_control_differs(timed, alpha=alpha),
    )


def _list_modes(record: RunRecord, *, workload: str) -> Iterator[tuple[Cell, str]]:
    """Yield the cells of a workload with their modes, then the control."""
    cells = [cell for cell in record.cells if cell.workload == workload]
    yield from ((cell, cell.mode) for cell in cells)
    yield from ((cell, CONTROL) for cell in cells if cell.variant == record.baseline)


def _is_baseline(timed: TimedCell, *, record: RunRecord) -> bool:
    return timed.cell.variant == record.baseline and timed.mode != CONTROL


def _control_differs(timed: list[TimedCell], *, alpha: float) -> bool:
    """Return whether the interval of the control excludes 1.

    The control runs the same code as the baseline. If their step times differ, other
    differences of this workload may be due to the measurement.
    """
    for each in timed:
        interval = ratio_interval(each.log_ratios, alpha=alpha)
        if each.mode == CONTROL and interval.excludes_one:
            return True
    return False


def _make_timing_row(
    timed: TimedCell, *, record: RunRecord, claims: Claims
) -> TimingRow:
    cell, seconds = timed.cell, timed.step_ns / 1e9
    ratio = ratio_interval(timed.log_ratios, alpha=claims.alpha)
    is_baseline = timed is claims.baseline
    is_compared = cell.variant in claims.difference_p and timed.mode != CONTROL
    difference_p = claims.difference_p[cell.variant] if is_compared else nan
    equivalence_p = claims.equivalence_p[cell.variant] if is_compared else nan
    verdict = TimingVerdict.BASELINE if is_baseline else TimingVerdict.CONTROL
    break_even = Interval()
    if is_compared:
        verdict = judge_ratio(
            ratio,
            differs=difference_p,
            equivalent=equivalence_p,
            alpha=claims.alpha,
            slowdown=claims.disturbance.worst_used,
        )
        if claims.baseline is not None:
            break_even = break_even_steps(
                _compute_cost(timed, noise=claims.noise),
                baseline=_compute_cost(claims.baseline, noise=claims.noise),
                ratio=ratio,
                first_steps=max(
                    (each.first_call_steps for each in timed.starts), default=1
                ),
            )
    work = record.flops_per_step.get(cell.workload) or nan  # 0: no products
    flops = work / seconds
    peak = record.peak_flops_per_second.get(cell.dtype) or nan
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
        holm_p=difference_p,
        equivalence_p=equivalence_p,
        detectable=nan
        if is_baseline
        else minimum_detectable_effect(
            timed.log_ratios, claims=len(claims.difference_p), alpha=claims.alpha
        ),
        **_combine_starts(timed.starts),
        break_even_steps=break_even.estimate,
        break_even_low=break_even.low,
        break_even_high=break_even.high,
        flops_per_second=flops,
        fraction_of_peak=flops / peak,
        arithmetic_ns=work / peak * 1e9,
        launches=len(timed.log_ratios),
        blocks=timed.blocks,
        **_make_voided_columns(timed.voided),
        **_make_unsteady_columns(timed.unsteady),
        **_make_disturbed_columns(claims.disturbance),
        machine=cell.machine,
        verdict=verdict,
        is_unproven=claims.is_unproven,
    )


def _make_voided_columns(voided: Mapping[str, int]) -> dict[str, Any]:
    """Return how many blocks do not count, in total and by reason."""
    by_reason = {
        f"voided_{reason.name.lower()}": voided.get(reason, 0) for reason in VoidReason
    }
    return {"voided": sum(voided.values()), **by_reason}


def _make_unsteady_columns(found: UnsteadyState | None) -> dict[str, Any]:
    """Return the change point of a session without a steady state; empty otherwise."""
    if found is None:
        return {}
    return {
        "unsteady_launch": found.launch,
        "unsteady_round": found.round,
        "unsteady_change": found.relative_change,
    }


def _make_disturbed_columns(found: Slowdowns) -> dict[str, Any]:
    """Return how many launches were disturbed; empty without sentinels."""
    if found.slowdowns.empty:
        return {}
    return {
        "disturbed_launches": len(found.disturbed),
        "slowdown": float(found.disturbed.mean()),
        "is_disturbed": found.is_disturbed,
    }


def _compute_cost(timed: TimedCell, *, noise: float) -> Cost:
    """Return the costs that break-even is computed from."""
    costs = _combine_starts(timed.starts)
    start_s = costs["import_s"] + costs["prepare_s"] + costs["first_call_cold_s"]
    return Cost(
        start_s=start_s, start_half_s=noise * start_s, step_s=timed.step_ns / 1e9
    )


def _combine_starts(starts: list[Start]) -> dict[str, Any]:
    """Return the start costs over all launches: mean times, largest memory."""
    maxima = {
        name: _largest_known(getattr(start, name) for start in starts)
        for name in MAXIMA
    }
    peaks = (maxima["start_rss_bytes"], maxima["steady_rss_bytes"])
    on_device = (maxima["start_device_bytes"], maxima["steady_device_bytes"])
    return {
        "import_s": _mean_or_nan(start.import_s for start in starts),
        "prepare_s": _mean_or_nan(start.prepare_s for start in starts),
        "first_call_cold_s": _mean_or_nan(s.first_call_s for s in starts if s.cold),
        "first_call_warm_s": _mean_or_nan(s.first_call_s for s in starts if not s.cold),
        "peak_rss_bytes": _largest_known(peaks),
        "peak_device_bytes": _largest_known(on_device),
        **maxima,
    }


def _mean_or_nan(values: Iterable[float]) -> float:
    known = list(values)
    return fmean(known) if known else nan


def _largest_known(values: Iterable[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)
