"""Make a run that resembles a measured one, from a fixed seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from compare.runs.folder import create_folder
from compare.runs.record import (
    CONTROL,
    Cell,
    Phase,
    Request,
    RunRecord,
    Start,
    WorkloadRequest,
)
from compare.runs.store import store_tables
from compare.runs.tables import (
    AGREEMENT,
    BREAKS,
    DIFFERENCES,
    LEARNING,
    PRECISION,
    PROFILE,
    RANKING,
    TABLES,
    TIMING,
)
from compare.runs.words import Against, Status

if TYPE_CHECKING:
    from pathlib import Path

MIB = 2**20
FRAMES = (
    "agreement",
    "timing",
    "ranking",
    "learning",
    "differences",
    "precision",
    "breaks",
    "profile",
)
BASELINE = "torch/eager"
CAPTURES = {
    "torch/eager": "none",
    "torch/script": "forward",
    "torch/trace": "forward",
    "torch/compile": "forward+backward",
    "torch/compile-step": "training step",
    "tf/eager": "none",
    "tf/function": "training step",
    "tf/xla": "training step",
}
# (step time in us, prepare in s, first call cold in s, warm in s, MiB beyond import)
COSTS = {
    "two_layer": {
        "torch/eager": (491, 0.004, 0.013, 0.013, 22),
        "torch/script": (488, 0.062, 0.071, 0.070, 41),
        "torch/trace": (471, 0.048, 0.066, 0.066, 43),
        "torch/compile": (468, 0.87, 11.4, 2.31, 238),
        "torch/compile-step": (385, 0.91, 9.62, 2.05, 251),
        "tf/eager": (1443, 0.011, 0.094, 0.093, 31),
        "tf/function": (430, 0.018, 0.342, 0.338, 58),
        "tf/xla": (530, 0.019, 0.611, 0.602, 97),
    },
    "cnn": {
        "torch/eager": (9120, 0.006, 0.041, 0.041, 74),
        "torch/script": (9160, 0.081, 0.187, 0.188, 96),
        "torch/trace": (9070, 0.069, 0.171, 0.171, 97),
        "torch/compile": (7420, 0.93, 21.7, 3.64, 341),
        "torch/compile-step": (7290, 0.98, 24.3, 3.58, 362),
        "tf/eager": (12_600, 0.013, 0.213, 0.211, 104),
        "tf/function": (8310, 0.021, 0.587, 0.581, 141),
        "tf/xla": (21_900, 0.022, 1.13, 1.12, 188),
    },
}
IMPORT_S = {"torch": 1.61, "tf": 2.94}
IMPORT_MIB = {"torch": 212, "tf": 389}
TENSORS = {
    "two_layer": ("hidden.weight", "output.weight"),
    "cnn": ("conv1.weight", "conv4.weight", "conv4.bias", "head.weight"),
}
EPSILON = {"float64": 1.1e-16, "float32": 6.0e-8, "bfloat16": 3.9e-3}
THREADS = 2  # the other number of threads that steps are repeated with
NOT_REPEATED = {Against.REFERENCE, Against.ONE_BY_ONE}
PLACES = tuple(each for each in Against if each not in NOT_REPEATED)
GROWTH = 1.05  # of every error from step to step
TRAJECTORY_STEPS, EPOCHS, STEP_TIME_SPREAD = 20, 5, 0.012
TOLERANCE_FLOORS = 40


@dataclass(frozen=True, kw_only=True)
class Synthetic:
    """The record and the tables of a made-up run."""

    record: RunRecord
    agreement: pd.DataFrame
    timing: pd.DataFrame
    ranking: pd.DataFrame
    learning: pd.DataFrame
    differences: pd.DataFrame
    precision: pd.DataFrame
    breaks: pd.DataFrame
    profile: pd.DataFrame

    def write(self, folder: Path) -> Path:
        """Write it as a run folder."""
        create_folder(folder, self.record)
        frames = {table: getattr(self, table.name, ()) for table in TABLES}
        store_tables(folder, self.record, {t: f for t, f in frames.items() if len(f)})
        return folder


def rows_of(frame, workload, variant):
    """Select the rows of a cell in a table."""
    if "variant" in frame:
        named = frame["variant"]
    else:
        named = frame["framework"] + "/" + frame["mode"]
    return (frame["workload"] == workload) & (named == variant)


def cell_of(made, workload, variant):
    """Return the record of one cell, which may be changed in place."""
    return next(
        cell
        for cell in made.record.cells
        if cell.workload == workload and cell.variant == variant
    )


def without(made, workload, variant, *, status="not run", reason="no C++ compiler"):
    """Return the run without the results of a variant on a workload, in any dtype."""
    for cell in made.record.cells:
        if (cell.workload, cell.variant) == (workload, variant):
            cell.status, cell.reason = Status(status), reason
    return replace(
        made,
        **{
            name: frame[~rows_of(frame, workload, variant)]
            for name in FRAMES
            for frame in (getattr(made, name),)
        },
    )


def with_timing(made, workload, variant, **values):
    """Return the run with other figures in one row of ``timing.csv``."""
    timing = made.timing.copy()
    for name, value in values.items():
        timing.loc[rows_of(timing, workload, variant), name] = value
    return replace(made, timing=timing, ranking=_ranking(timing))


def replace_timing(group, variant, **values):
    """Return a group of cells with other figures in the timing of a variant.

    Faster than `with_timing`, because no run is written and read.
    """

    def changed(cell):
        if cell is None or cell.timing is None or cell.variant != variant:
            return cell
        return replace(cell, timing=replace(cell.timing, **values))

    cells = tuple(map(changed, group.lines))
    return replace(group, lines=cells, control=changed(group.control))


# Kind, name and calls of operations, with their share of a timed step.
OPERATIONS = {
    "torch": (
        ("matrix product", "aten::mm", 5, 0.7),
        ("outside operations", "training step", 1, 0.3),
        ("other operation", "aten::sub_", 2, 0.2),
    ),
    "tf": (
        ("matrix product", "_MklMatMul", 5, 0.5),
        ("outside operations", "run", 1, 0.4),
        ("fused kernel", "multiply_subtract_fusion" * 3, 2, 0.1),
    ),
}


def with_profiles(made, workload, *variants, processor="host"):
    """Return the run with profiles of these cells, of steps longer than timed ones."""
    rows = [
        {
            **_key(workload, variant),
            "processor": processor,
            "kind": kind,
            "operation": name,
            "calls_per_step": calls,
            "self_time_ns": share * 1e3 * COSTS[workload][variant][0],
            "share": share / sum(each[-1] for each in OPERATIONS[framework]),
        }
        for variant in variants
        for framework in (variant.split("/")[0],)
        for kind, name, calls, share in OPERATIONS[framework]
    ]
    profile = pd.concat([made.profile, _frame(PROFILE, rows)])
    return replace(made, profile=profile)


def with_error(made, workload, variant, *, times, step):
    """Return the run with wrong parameters from a step on, in float32."""
    agreement = made.agreement.copy()
    wrong = (
        rows_of(agreement, workload, variant)
        & (agreement["dtype"] == "float32")
        & (agreement["check"] == "trajectory")
        & (agreement["quantity"].str.startswith("parameter:"))
        & (agreement["step"] >= step)
    )
    error = agreement["tolerance"] * times
    agreement.loc[wrong, "max_abs_error"] = error.fillna(np.inf)
    agreement.loc[wrong, "max_rel_error"] = error.fillna(np.inf)
    agreement.loc[wrong, "received"] = agreement["expected"] + error
    agreement.loc[wrong, "verdict"] = "disagrees"
    return replace(made, agreement=agreement)


def rename_workload(run, old, new):
    """Return a run in memory with another name of a workload.

    Names are checked when a run is read, so such a run cannot come from a folder.
    """
    for cell in run.record.cells:
        cell.workload = cell.workload.replace(old, new)
    names = ("agreement", "differences", "timing", "ranking", "learning")
    frames = {name: getattr(run, name) for name in names}
    renamed = {
        name: frame.assign(workload=frame["workload"].astype(str).replace(old, new))
        for name, frame in frames.items()
    }
    return replace(run, **renamed)


def with_difference(
    made,
    workload,
    variant,
    *,
    cause="",
    explanation="",
    candidates="",
    shown="",
    **values,
):
    """Return the run with a cell whose first difference is a gradient, in float32.

    The outputs of the layers are from the mode `shown`, by default the cell's own.
    """
    where = {"check": "step", "step": 0, "quantity": "gradient:conv4.weight"}
    where |= {"dtype": "float32", "inputs": "workload"}
    where |= {key: value for key, value in values.items() if key in where}
    found = {"expected": 0.25, "received": 0.75, "max_abs_error": 0.5}
    found |= {"floors": 2.1e6, "tolerance": 1e-5, "worst_index": "1, 0, 2, 3"}
    found |= {key: value for key, value in values.items() if key in found}
    key = _key(workload, variant)
    seen_in = shown or key["mode"]
    row = key | where | found
    difference = row | {"cause": cause, "explanation": explanation}
    difference |= {"candidates": candidates}
    difference |= {"activations": seen_in if where["check"] == "step" else ""}
    agreement = made.agreement[
        ~rows_of(made.agreement, workload, variant)
        | (made.agreement[list(where)] != pd.Series(where)).any(axis=1)
    ]
    wrong = row | {"verdict": "disagrees", "against": "reference"}
    wrong |= {"max_rel_error": 2.0, "max_ulp_error": 1e7}
    random = np.random.default_rng(0)
    outputs = [
        _check_row(key, where | {"quantity": f"activation:{name}"}, 1e-7, random)
        for name in ("conv1", "conv4", "head")
        if where["check"] == "step"
    ]
    return replace(
        made,
        agreement=_joined(AGREEMENT, agreement, [wrong, *outputs]),
        differences=_joined(DIFFERENCES, made.differences, [difference]),
    )


def with_rows(made, rows, **values):
    """Return the run with other values in some rows of ``agreement.csv``."""
    agreement = made.agreement.copy()
    for name, value in values.items():
        agreement.loc[rows, name] = value
    return replace(made, agreement=agreement)


def synthetic(*, seed: int = 0, dtypes=("float32",)) -> Synthetic:
    """Return a run of two workloads and eight variants in which all cells agree."""

    def random():  # one per table, so that a change of one leaves the others
        return np.random.default_rng(seed)

    cells = [
        _cell(workload, variant, dtype)
        for workload in COSTS
        for dtype in dtypes
        for variant in CAPTURES
    ]
    return Synthetic(
        record=_record(cells, dtypes),
        agreement=_frame(AGREEMENT, _agreement(cells, dtypes[0], random())),
        timing=(timing := _frame(TIMING, _timing(random()))),
        ranking=_ranking(timing),
        learning=_frame(LEARNING, _learning(random())),
        differences=_frame(DIFFERENCES, ()),
        precision=_frame(PRECISION, _precision(cells)),
        breaks=_frame(BREAKS, ()),
        profile=_frame(PROFILE, []),
    )


def agreement_only(made) -> Synthetic:
    """Return the run without timings."""
    made.record.request.launches = 0
    made.record.starts, made.record.launches_done = [], {}
    return replace(made, timing=made.timing.iloc[:0])


def _joined(table, frame, rows):
    added = _frame(table, rows)
    return pd.concat([frame, added], ignore_index=True) if len(frame) else added


def _frame(table, rows):
    return pd.DataFrame(rows, columns=list(table.columns))


def _key(workload, variant, dtype="float32"):
    framework, mode = variant.split("/")
    return {
        "workload": workload,
        "framework": framework,
        "mode": mode,
        "device": "cpu",
        "dtype": dtype,
    }


def _cell(workload, variant, dtype):
    captures = CAPTURES[variant]
    family = "dynamic" if captures == "none" else "static"
    key = _key(workload, variant, dtype)
    return Cell(**key, family=family, captures=captures, status=Status.OK)


def _record(cells, dtypes):
    return RunRecord(
        run_id="2026-01-31-235959",
        created="2026-01-31T23:59:59+00:00",
        request=Request(
            suite="quick",
            workloads=[WorkloadRequest(label=name, name=name) for name in COSTS],
            named=False,
            variants=list(CAPTURES),
            devices=["cpu"],
            dtypes=list(dtypes),
            threads=1,
            seed=0,
            launches=3,
            rounds=30,
            block_s=0.025,
            trajectory_steps=TRAJECTORY_STEPS,
            time_limit_s=600,
            margin=0.01,
        ),
        baseline=BASELINE,
        finished=True,
        environment={
            "machine": "x86_64, Linux 6.12",
            "processor": "Intel(R) Xeon(R) Platinum 8481C @ 2.70 GHz, 2 cores",
            "memory": "23.4 GiB",
            "power": "governor unknown; load average 0.11 at the start",
            "Python": "3.11.7",
            "torch": "2.13.0+cpu",
            "tensorflow": "2.21.0",
            "C++ compiler": "g++ 12.2.0",
        },
        settings={
            "torch": {
                "threads": "1 intra-op, 1 inter-op",
                "denormals": "flushed",
                "oneDNN": "on",
                "memory format": "channels_last",
                "optimizer": "foreach",
                "TORCHINDUCTOR_CACHE_DIR": "empty for the cold call",
            },
            "tf": {
                "threads": "1 intra-op, 1 inter-op",
                "denormals": "flushed",
                "oneDNN": "on",
                "memory format": "NHWC",
                "XLA devices": "cpu",
            },
        },
        flops_per_step={"two_layer": 26.0e6, "cnn": 260e6},
        peak_flops_per_second={"float32": 98.9e9},
        peak_bytes_per_second={"float32": 12.3e9},
        peak_frameworks={"float32": {"arithmetic": "tf", "bandwidth": "torch"}},
        cells=cells,
        starts=[_start(cell) for cell in cells],
        launches_done=dict.fromkeys(COSTS, 3),
        phases=[
            Phase(name="plan", seconds=0.3),
            Phase(name="agreement", seconds=48.2),
            Phase(name="timing", seconds=97.4),
            Phase(name="learning", seconds=21.9),
            Phase(name="report", seconds=2.1),
        ],
    )


def _start(cell):
    _, prepare, cold, _, beyond = COSTS[cell.workload][cell.variant]
    static = cell.family == "static"
    base = IMPORT_MIB[cell.framework]
    return Start(
        workload=cell.workload,
        framework=cell.framework,
        mode=cell.mode,
        launch=0,
        import_s=IMPORT_S[cell.framework],
        prepare_s=prepare,
        first_call_s=cold,
        cold=True,
        import_rss_bytes=base * MIB,
        start_rss_bytes=(base + beyond) * MIB,
        steady_rss_bytes=(base + beyond) * MIB,
        start_device_bytes=None,
        steady_device_bytes=None,
        reserved_device_bytes=None,
        captures_count=int(static),
        recaptures=0,
        graph_breaks=0 if cell.mode.startswith("compile") else None,
        nodes=61 if static else None,
        nodes_optimized=44 if static else None,
        kernels=9 if cell.mode.startswith("compile") else None,
    )


def _timing(random):
    for workload, costs in COSTS.items():
        for variant in costs:
            yield _timing_row(workload, variant, random)
        yield _control_row(workload, random)


def _timing_row(workload, variant, random):
    step, prepare, cold, warm, beyond = COSTS[workload][variant]
    base_step, base_prepare, base_cold, *_ = COSTS[workload][BASELINE]
    framework = variant.split("/")[0]
    extra = (prepare + cold) - (base_prepare + base_cold)
    saved = (base_step - step) / 1e6
    is_baseline = variant == BASELINE
    width = abs(random.normal(STEP_TIME_SPREAD, 0.004)) + 0.004
    row = {
        **_key(workload, variant),
        "captures": CAPTURES[variant],
        "step_time_ns": step * 1e3,
        "import_s": IMPORT_S[framework],
        "prepare_s": prepare,
        "first_call_cold_s": cold,
        "first_call_warm_s": warm,
        "peak_rss_bytes": (IMPORT_MIB[framework] + beyond) * MIB,
        "import_rss_bytes": IMPORT_MIB[framework] * MIB,
        "captures_count": int(CAPTURES[variant] != "none"),
        "recaptures": 0,
        "graph_breaks": 0 if "compile" in variant else None,
        "flops_per_second": 26.0e6 / (step / 1e6),
        "fraction_of_peak": 26.0e6 / (step / 1e6) / 98.9e9,
        "launches": 3,
        "blocks": 90,
        "voided": 0,
        "detectable": np.nan if is_baseline else width,
        "arithmetic_ns": 26.0e6 / 98.9,
        **_ratios(step / base_step, 0.0 if is_baseline else width),
        **_break_even(extra, saved, base_step / 1e6, width),
        "is_unproven": False,
        "is_disturbed": False,
    }
    if is_baseline:
        row |= {"break_even_steps": 0, "break_even_low": 0, "break_even_high": 0}
        row["verdict"] = "baseline"
    return row


def _ratios(ratio, width):
    low, high = ratio * np.exp(-width), ratio * np.exp(width)
    verdict = "faster" if high < 1 else "slower" if low > 1 else "inconclusive"
    if low > 0.98 and high < 1.02:
        verdict = "equivalent"
    return {"ratio": ratio, "ratio_low": low, "ratio_high": high, "verdict": verdict}


def _ranking(timing):
    """Return every pair of variants, with an interval from their own intervals."""
    rows = []
    for workload, of_one in timing[timing["mode"] != CONTROL].groupby("workload"):
        for one, other in combinations(of_one.to_dict("records"), 2):
            row = _key(workload, f"{one['framework']}/{one['mode']}")
            row |= {"variant": f"{one['framework']}/{one['mode']}"}
            row |= {"other": f"{other['framework']}/{other['mode']}"}
            row |= {"ratio": one["ratio"] / other["ratio"]}
            row |= {"ratio_low": one["ratio_low"] / other["ratio_high"]}
            row |= {"ratio_high": one["ratio_high"] / other["ratio_low"]}
            rows.append(row)
    return _frame(RANKING, rows)


def _break_even(extra, saved, base, width):
    def at(gain):
        return 0.0 if extra <= 0 else extra / gain if gain > 0 else np.inf

    return {
        "break_even_steps": at(saved),
        "break_even_low": at(saved + base * width),
        "break_even_high": at(saved - base * width),
    }


def _control_row(workload, random):
    step = COSTS[workload][BASELINE][0]
    return {
        **_key(workload, f"torch/{CONTROL}"),
        "captures": "none",
        "step_time_ns": step * 1.003e3,
        **_ratios(1 + random.normal(0, 0.002), 0.009),
        "verdict": "control",
        "is_unproven": False,
        "is_disturbed": False,
    }


def _agreement(cells, first, random):
    """Yield each cell's checks in its own dtype, and the proof in float64."""
    for cell in cells:
        for dtype in (*["float64"] * (cell.dtype == first), cell.dtype):
            yield from _determinism(cell, dtype, random)
            for check, steps in (("step", (0, 5, 10)), ("trajectory", range(20))):
                yield from _checks(cell, dtype, check, steps, random)


def _determinism(cell, dtype, random):
    for against in PLACES if dtype == cell.dtype else (Against.ITSELF,):
        where = {"dtype": dtype, "check": "determinism", "step": 0, "quantity": "loss"}
        spread = _spread(cell, against) if dtype == cell.dtype else 0.0
        yield _check_row(cell.key, where, 1e-6, random) | {
            "against": against,
            "threads": THREADS if "other threads" in against else None,
            "max_abs_error": spread,
            "max_rel_error": spread,
            "tolerance": 0.0,
            "verdict": "disagrees" if spread else "agrees",
        }


def _spread(cell, against):
    """Return a spread for XLA everywhere, and for PyTorch with other threads."""
    if (cell.workload, cell.variant) == ("cnn", "tf/xla"):
        return 2.4e-7
    is_split = cell.framework == "torch" and against == Against.OTHER_THREADS
    return 1.1e-7 if is_split else 0.0


def _checks(cell, dtype, check, steps, random):
    kinds = ("gradient", "parameter") if check == "step" else ("parameter",)
    names = [f"{kind}:{tensor}" for kind in kinds for tensor in TENSORS[cell.workload]]
    for step in steps:
        growth = GROWTH**step if check == "trajectory" else 1
        for number, quantity in enumerate(("loss", *names)):
            floor = EPSILON[dtype] * (1 + number) * growth
            where = {"dtype": dtype, "check": check, "step": step, "quantity": quantity}
            yield _check_row(cell.key, where, floor, random)


def _check_row(key, where, floor, random):
    """Return a row whose tensor has the largest magnitude 1."""
    floors = random.lognormal(0.4, 0.5)
    return {
        **key,
        "inputs": "workload",
        **where,
        "max_abs_error": floors * floor,
        "max_rel_error": floors * floor,
        "max_ulp_error": floors,
        "floors": floors,
        "tolerance": TOLERANCE_FLOORS * floor,
        "verdict": "agrees" if floors <= TOLERANCE_FLOORS else "disagrees",
        "against": "reference",
        "worst_index": "3, 0",
        "expected": 0.5,
        "received": 0.5 + floors * floor,
    }


def _precision(cells):
    """Yield sums in bfloat16 for TensorFlow, and no rows for TorchScript."""
    for cell in cells:
        if cell.dtype == "bfloat16" and cell.mode != "script":
            for operation in ("matrix product", "sum"):
                narrow = cell.framework == "tf" and operation == "sum"
                share = 0.22 if narrow else 1.0
                yield cell.key | {"operation": operation, "rounded_once": share}


def _learning(random):
    for variant in CAPTURES:
        for epoch in range(1, EPOCHS + 1):
            noise = random.normal(0, 2e-5, size=2)
            yield {
                "workload": "cnn",
                "variant": variant,
                "epoch": epoch,
                "train_loss": 2.1 * np.exp(-0.55 * epoch) + noise[0],
                "valid_loss": 2.2 * np.exp(-0.5 * epoch) + 0.03 + noise[1],
                "valid_accuracy": 1 - 0.62 * np.exp(-0.6 * epoch),
            }
