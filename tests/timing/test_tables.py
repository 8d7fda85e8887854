"""Timing tables of synthetic samples with known ratios."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from compare.errors import RunError
from compare.runs.record import Cell, RunRecord, Start, WorkloadRequest
from compare.runs.tables import RANKING, TIMING
from compare.timing.tables import compute_tables, pair_samples
from tests.support.requested import requested

STEP_NS = {"eager": 1_000_000, "compile": 800_000, "script": 1_300_000}
STEP_NS["control"] = STEP_NS["eager"]
FIRST_CALL_S = {"eager": 0.01, "compile": 10.0, "script": 0.02, "control": 0.01}


def samples(*, launches=3, rounds=20, modes=tuple(STEP_NS)) -> pd.DataFrame:
    """Return samples with noise per round, per block and per launch."""
    rng = np.random.default_rng(1)
    rows = []
    for launch in range(launches):
        effect = {mode: rng.normal(0, 0.003) for mode in modes}
        for number in range(rounds):
            burst = rng.exponential(0.2)
            for position, mode in enumerate(modes):
                log_step = effect[mode] + burst + rng.normal(0, 0.01)
                rows.append(
                    {
                        "workload": "w",
                        "framework": "torch",
                        "mode": mode,
                        "device": "cpu",
                        "dtype": "float32",
                        "launch": launch,
                        "round": number,
                        "position": position,
                        "steps": 25,
                        "duration_ns": int(25 * STEP_NS[mode] * np.exp(log_step)),
                        "started_ns": 0,
                        "device_ns": None,
                        "void": "",
                        "sentinel_ns": 3e5,
                    }
                )
    return pd.DataFrame(rows).astype({"device_ns": "float64"})


def start(mode: str, *, launch: int) -> Start:
    return Start(
        workload="w",
        framework="torch",
        mode=mode,
        launch=launch,
        import_s=2.0,
        prepare_s=0.5,
        first_call_s=FIRST_CALL_S[mode] / (1 if launch == 0 else 5),
        cold=launch == 0,
        import_rss_bytes=100,
        start_rss_bytes=200 + launch,
        steady_rss_bytes=150,
        start_device_bytes=None,
        steady_device_bytes=None,
        reserved_device_bytes=None,
        captures_count=1,
        recaptures=0,
        graph_breaks=None,
        nodes=None,
        nodes_optimized=None,
        kernels=None,
    )


def record(*, baseline="torch/eager", modes=("eager", "compile", "script")):
    key = {"framework": "torch", "device": "cpu", "dtype": "float32", "workload": "w"}
    request = requested(
        workloads=[WorkloadRequest(label="w", name="two_layer")],
        variants=[f"torch/{mode}" for mode in modes],
        launches=3,
        rounds=20,
    )
    return RunRecord(
        run_id="r",
        created="now",
        request=request,
        baseline=baseline,
        flops_per_step={"w": 1e6},
        peak_flops_per_second={"float32": 1e10},
        cells=[Cell(**key, mode=m, family="static", captures="none") for m in modes],
        starts=[start(m, launch=n) for m in (*modes, "control") for n in range(3)],
    )


def timing_table(record, samples):
    return TIMING.frame(compute_tables(record, samples)[0])


@pytest.fixture(scope="module")
def table():
    """Return the timing table of the synthetic run, by mode."""
    return timing_table(record(), samples()).set_index("mode")


@pytest.mark.parametrize(("mode", "truth"), [("compile", 0.8), ("script", 1.3)])
def test_an_interval_contains_the_true_ratio_despite_noise_per_round(
    table, mode, truth
):
    row = table.loc[mode]
    assert row["ratio_low"] < truth < row["ratio_high"]
    assert row["ratio_high"] / row["ratio_low"] < 1.05


def test_each_variant_has_its_verdict(table):
    assert dict(table["verdict"]) == {
        "eager": "baseline",
        "compile": "faster",
        "script": "slower",
        "control": "control",
    }


def test_the_ratio_of_the_baseline_is_one(table):
    row = table.loc["eager"]
    assert (row["ratio"], row["ratio_low"], row["ratio_high"]) == (1, 1, 1)


def test_the_control_is_the_last_row_with_a_ratio_near_one(table):
    assert list(table.index) == ["eager", "compile", "script", "control"]
    assert table.loc["control", "ratio"] == pytest.approx(1, abs=0.02)


def test_cold_and_warm_first_calls_have_separate_columns(table):
    row = table.loc["compile"]
    assert row["first_call_cold_s"] == 10.0
    assert row["first_call_warm_s"] == 2.0
    assert row["peak_rss_bytes"] == row["start_rss_bytes"] == 202
    assert row["steady_rss_bytes"] == 150


def test_break_even_is_the_extra_start_cost_divided_by_the_time_saved_per_step(table):
    row = table.loc["compile"]
    saved = STEP_NS["eager"] * 1e-9 * (1 - row["ratio"])
    assert row["break_even_steps"] == pytest.approx((10.0 - 0.01) / saved, rel=0.35)
    assert row["break_even_low"] < row["break_even_steps"] < row["break_even_high"]
    assert table.loc["script", "break_even_steps"] == np.inf
    assert np.isnan(table.loc["eager", "break_even_steps"])


def test_flops_are_given_as_a_fraction_of_the_measured_peak(table):
    row = table.loc["eager"]
    assert row["flops_per_second"] == pytest.approx(1e6 / (row["step_time_ns"] * 1e-9))
    assert row["fraction_of_peak"] == pytest.approx(row["flops_per_second"] / 1e10)


def test_arithmetic_ns_is_the_time_of_the_products_at_the_peak(table):
    assert table["arithmetic_ns"].to_list() == pytest.approx([1e6 / 1e10 * 1e9] * 4)


def test_without_a_peak_its_columns_are_empty():
    unmeasured = record()
    unmeasured.peak_flops_per_second = {}
    table = timing_table(unmeasured, samples())
    assert table[["fraction_of_peak", "arithmetic_ns"]].isna().all(axis=None)


def test_without_the_baseline_a_variant_has_a_step_time_but_no_ratio():
    without = samples(modes=("compile", "script"))
    found = timing_table(record(), without).set_index("mode")
    assert found["ratio"].isna().all()
    assert (found["verdict"] == "inconclusive").all()
    assert (found["step_time_ns"] > 0).all()


def test_a_missing_block_excludes_only_its_round():
    full = samples()
    lost = (full["mode"] == "compile") & (full["round"] == 4)
    ratios = pair_samples(record(), full[~lost], workload="w").ratios
    assert ratios["torch/compile"].notna().all()


def test_without_samples_the_table_is_empty():
    assert timing_table(record(), samples().iloc[:0]).empty


def test_a_void_block_is_counted_but_not_used():
    full = samples()
    wild = (full["mode"] == "compile") & (full["round"] < 3)
    full.loc[wild, "duration_ns"] *= 1000
    full.loc[wild, "void"] = "the machine slept"
    row = timing_table(record(), full).set_index("mode").loc["compile"]
    assert row["voided"] == 9
    assert row["blocks"] == 51
    assert row["ratio"] == pytest.approx(0.8, rel=0.03)
    assert row["voided_asleep"] == 9


def test_a_session_without_a_steady_state_is_reported_with_its_change_point():
    full = samples()
    late = (full["mode"] == "script") & (full["launch"] == 1) & (full["round"] < 10)
    full.loc[late, "duration_ns"] = full.loc[late, "duration_ns"] * 12 // 10
    table = timing_table(record(), full).set_index("mode")
    assert table.loc["script", "unsteady_launch"] == 1
    assert table.loc["script", "unsteady_round"] == 10
    assert table.loc["script", "unsteady_change"] == pytest.approx(-1 / 6, abs=0.02)
    assert table.loc["compile"].filter(like="unsteady").isna().all()


def test_times_of_the_device_s_clock_have_their_own_column():
    full = samples()
    full["device_ns"] = full["duration_ns"] * 0.9
    table = timing_table(record(), full).set_index("mode")
    share = table["device_step_time_ns"] / table["step_time_ns"]
    assert share.to_numpy() == pytest.approx(0.9, rel=0.02)


def test_the_ranking_has_wider_intervals_for_every_pair_of_variants():
    ranking = RANKING.frame(compute_tables(record(), samples())[1])
    pairs = list(zip(ranking["variant"], ranking["other"], strict=True))
    assert pairs == [
        ("torch/eager", "torch/compile"),
        ("torch/eager", "torch/script"),
        ("torch/compile", "torch/script"),
    ]
    last = ranking.iloc[2]
    assert last["ratio_low"] < 0.8 / 1.3 < last["ratio_high"]
    alone = timing_table(record(), samples()).set_index("mode").loc["compile"]
    width = np.log(ranking["ratio_high"] / ranking["ratio_low"]).iloc[0]
    assert width > np.log(alone["ratio_high"] / alone["ratio_low"])


def test_samples_with_zero_steps_are_refused():
    full = samples()
    full.loc[3, "steps"] = 0
    with pytest.raises(RunError, match="duration_ns and steps: expected numbers above"):
        timing_table(record(), full)


def test_a_variant_with_only_void_blocks_has_a_row():
    full = samples()
    full.loc[full["mode"] == "compile", "void"] = "a graph was captured again"
    row = timing_table(record(), full).set_index("mode").loc["compile"]
    assert (row["blocks"], row["voided"]) == (0, 60)
    assert np.isnan(row["step_time_ns"])
    assert row["verdict"] == "inconclusive"
    assert row["voided_recaptured"] == 60


def test_a_workload_with_only_void_blocks_has_rows_without_ratios():
    full = samples().assign(void="the machine slept")
    table = timing_table(record(), full)
    assert len(table) == 4
    assert table["ratio"].isna().all()
