"""A run's samples and start costs as the table of timings: ``timing.csv``."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, nan
from statistics import fmean
from typing import TYPE_CHECKING, Any

import pandas as pd

from compare.errors import RunError
from compare.results import CONTROL, TABLES
from compare.statistics import (
    Interval,
    Price,
    break_even,
    hodges_lehmann,
    ratio_interval,
    verdict,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from compare.results import Cell, RunRecord, Start


@dataclass(frozen=True, kw_only=True)
class Timed:
    """All that was measured of one row of the table."""

    cell: Cell
    mode: str  # the cell's, or "control"
    step_ns: float  # geometric mean over launches of the median step
    ratio: Interval  # to the baseline
    starts: list[Start]


def timing_table(record: RunRecord, samples: pd.DataFrame) -> pd.DataFrame:
    """One row per cell that was timed, the control after its workload's cells."""
    rows = []
    for workload in record.request.workloads:
        timed = list(_timed(record, samples[samples["workload"] == workload.label]))
        baselines = [t for t in timed if _is_baseline(t, record=record)]
        baseline = baselines[0] if baselines else None
        unproven = _unproven(timed)
        rows += [
            _row(each, baseline=baseline, record=record, unproven=unproven)
            for each in timed
        ]
    return pd.DataFrame(rows, columns=list(TABLES["timing.csv"]))


def launch_log_ratios(samples: pd.DataFrame, *, baseline: str) -> pd.DataFrame:
    """One Hodges-Lehmann estimate per variant and launch, of rounds paired.

    Args:
        samples: of one workload.
        baseline: ``framework/mode`` that each round's step times are divided by.
    """
    wide = _by_variant(samples).pivot_table(
        index=["launch", "round"], columns="variant", values="log_step"
    )
    if baseline not in wide:
        return pd.DataFrame()
    ratios = wide.sub(wide[baseline], axis=0).groupby("launch")
    return ratios.agg(_estimate)


def launch_log_steps(samples: pd.DataFrame) -> pd.DataFrame:
    """One log step time in ns per variant and launch: the median over its rounds.

    Args:
        samples: of one workload.
    """
    frame = _by_variant(samples)
    return frame.pivot_table(
        index="launch", columns="variant", values="log_step", aggfunc="median"
    )


def _estimate(log_ratios: pd.Series[float]) -> float:
    return hodges_lehmann(log_ratios.dropna().to_list())


def _timed(record: RunRecord, samples: pd.DataFrame) -> Iterator[Timed]:
    if samples.empty:
        return
    ratios = launch_log_ratios(samples, baseline=record.baseline)
    steps = launch_log_steps(samples)
    for cell, mode in _rows_of(record, workload=samples["workload"].iloc[0]):
        name = f"{cell.framework}/{mode}"
        if name not in steps:
            continue
        yield Timed(
            cell=cell,
            mode=mode,
            step_ns=exp(steps[name].mean()),
            ratio=ratio_interval(list(ratios[name].dropna()) if name in ratios else []),
            starts=[
                start
                for start in record.starts
                if (start.workload, start.framework, start.mode)
                == (cell.workload, cell.framework, mode)
            ],
        )


def _by_variant(samples: pd.DataFrame) -> pd.DataFrame:
    return samples.assign(
        variant=samples["framework"] + "/" + samples["mode"],
        log_step=_log_step(samples),
    )


def _log_step(samples: pd.DataFrame) -> pd.Series[float]:
    """The log of each block's time a step, in ns."""
    if not (samples[["duration_ns", "steps"]] > 0).all(axis=None):
        raise RunError(
            "samples.csv.gz: duration_ns and steps: expected numbers above 0; "
            "received some that are not"
        )
    step = samples["duration_ns"].astype("float64") / samples["steps"].astype("float64")
    logged: pd.Series[float] = step.map(log)
    return logged


def _rows_of(record: RunRecord, *, workload: str) -> Iterator[tuple[Cell, str]]:
    cells = [cell for cell in record.cells if cell.workload == workload]
    yield from ((cell, cell.mode) for cell in cells)
    yield from ((cell, CONTROL) for cell in cells if cell.variant == record.baseline)


def _is_baseline(timed: Timed, *, record: RunRecord) -> bool:
    return timed.cell.variant == record.baseline and timed.mode != CONTROL


def _unproven(timed: list[Timed]) -> str:
    """What is to be said of timings whose control is not like its twin."""
    for each in timed:
        excludes_one = each.ratio.low > 1 or each.ratio.high < 1
        if each.mode == CONTROL and excludes_one:
            return "unproven: the control's interval excludes 1"
    return ""


def _row(
    timed: Timed, *, baseline: Timed | None, record: RunRecord, unproven: str
) -> dict[str, Any]:
    cell, seconds = timed.cell, timed.step_ns / 1e9
    ratio = timed.ratio
    named = verdict(ratio)
    pays = Interval()
    if timed is baseline:
        named = "baseline"
    elif timed.mode == CONTROL:
        named = CONTROL
    elif baseline is not None:
        pays = break_even(_price(timed), baseline=_price(baseline), ratio=ratio)
    flops = record.flops_per_step.get(cell.workload, nan) / seconds
    peak = record.peak_flops_per_second.get(cell.dtype) or nan
    return {
        "workload": cell.workload,
        "framework": cell.framework,
        "mode": timed.mode,
        "device": cell.device,
        "dtype": cell.dtype,
        "captures": cell.captures,
        "step_time_ns": timed.step_ns,
        "ratio": ratio.estimate,
        "ratio_low": ratio.low,
        "ratio_high": ratio.high,
        **_costs(timed.starts),
        "break_even_steps": pays.estimate,
        "break_even_low": pays.low,
        "break_even_high": pays.high,
        "flops_per_second": flops,
        "fraction_of_peak": flops / peak,
        "verdict": named,
        "note": "; ".join(filter(None, (cell.reason, unproven))),
    }


def _price(timed: Timed) -> Price:
    costs = _costs(timed.starts)
    # Import too: what one framework loads at once, another loads when preparing.
    start_s = costs["import_s"] + costs["prepare_s"] + costs["first_call_cold_s"]
    return Price(start_s=start_s, step_s=timed.step_ns / 1e9)


def _costs(starts: list[Start]) -> dict[str, Any]:
    """What starting cost, over the launches: means of times, most of memory."""
    return {
        "import_s": _mean(start.import_s for start in starts),
        "prepare_s": _mean(start.prepare_s for start in starts),
        "first_call_cold_s": _mean(s.first_call_s for s in starts if s.cold),
        "first_call_warm_s": _mean(s.first_call_s for s in starts if not s.cold),
        "peak_rss_bytes": _most(start.peak_rss_bytes for start in starts),
        "import_rss_bytes": _most(start.import_rss_bytes for start in starts),
        "peak_device_bytes": _most(start.peak_device_bytes for start in starts),
        "captures_count": _most(start.captures_count for start in starts),
        "recaptures": _most(start.recaptures for start in starts),
        "graph_breaks": _most(start.graph_breaks for start in starts),
    }


def _mean(values: Iterable[float]) -> float:
    known = list(values)
    return fmean(known) if known else nan


def _most(values: Iterable[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)
