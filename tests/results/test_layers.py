"""What a library costs above its framework: pairs, ratios of paired rounds, tables."""

from __future__ import annotations

from math import exp, log, sqrt

import pytest
from scipy.stats import t

from compare.frameworks import find_counterpart, frameworks
from compare.report.run.outline import build_outline
from compare.report.timing.layer_tables import tabulate_layers
from compare.results.joining import group_cells
from compare.results.layers import find_layer_costs
from compare.runs.folder import create_folder, load_run
from compare.runs.record import Cell, RunRecord
from compare.runs.rows import SampleRow
from compare.runs.store import store_tables
from compare.runs.tables import RANKING, SAMPLES, TIMING
from compare.runs.words import Status
from compare.timing.tables import compute_tables
from tests.support.requested import requested
from tests.support.synthetic import synthetic

LAUNCHES, ROUNDS, STEPS = 3, 4, 10
KERAS, BELOW, BASELINE = "keras[jax]/eager", "jax/eager", "torch/eager"
# Step times in ns by launch. The baseline drifts: it must not enter the ratio.
TIMES = {
    BASELINE: (1_000, 5_000, 9_000),
    BELOW: (2_000, 2_200, 1_800),
    KERAS: (3_000, 3_080, 2_880),
}
RATIOS = (1.5, 1.4, 1.6)
REASON = "keras is not installed"


def make_cell(variant, **values):
    framework, mode = variant.split("/")
    return Cell(
        workload="two_layer",
        framework=framework,
        mode=mode,
        device="cpu",
        dtype="float32",
        family="dynamic",
        **{"status": Status.OK, "captures": "none", **values},
    )


def layer_run(folder, *, missing=()):
    """Write a run of three variants and read it."""
    cells = [
        make_cell(v, status=Status.NOT_RUN, reason=REASON)
        if v in missing
        else make_cell(v)
        for v in TIMES
    ]
    record = RunRecord(
        run_id="2026-01-31-235959",
        created="2026-01-31T23:59:59+00:00",
        request=requested(variants=list(TIMES), launches=LAUNCHES, rounds=ROUNDS),
        baseline=BASELINE,
        finished=True,
        cells=cells,
        launches_done={"two_layer": LAUNCHES},
    )
    rows = [
        SampleRow(
            **cell.key,
            launch=launch,
            round=number,
            position=0,
            steps=STEPS,
            duration_ns=STEPS * TIMES[cell.variant][launch],
            started_ns=0,
            sentinel_ns=3e5,
        )
        for cell in cells
        if cell.status is Status.OK
        for launch in range(LAUNCHES)
        for number in range(ROUNDS)
    ]
    create_folder(folder, record)
    samples = SAMPLES.frame(rows)
    timing, ranking = compute_tables(record, samples)
    tables = {SAMPLES: samples, TIMING: TIMING.frame(timing)}
    store_tables(folder, record, {**tables, RANKING: RANKING.frame(ranking)})
    return load_run(folder)


def costs_of(run):
    return find_layer_costs(run, group_cells(run))


def column(table, title, *, number=0):
    """Return what the columns of this title show in a row."""
    titles = [each.title for each in table.columns]
    return [
        v.text for t, v in zip(titles, table.rows[number], strict=True) if t == title
    ]


def test_a_variant_is_paired_with_the_declared_one_of_its_backend():
    assert find_counterpart("keras[torch]/eager") == "torch/eager"
    assert find_counterpart("keras[torch]/compiled") == "torch/compile-step"
    assert find_counterpart("keras[tf]/compiled") == "tf/xla"
    assert find_counterpart("keras[jax]/compiled") == "jax/jit"
    assert find_counterpart("torch/eager") == ""
    assert find_counterpart("keras[torch]/no_such_mode") == ""


def test_every_counterpart_is_a_variant_of_the_same_family():
    known = frameworks()
    above = [each for each in known.values() if each.backend]
    assert above
    for framework in above:
        below = {mode.name: mode for mode in known[framework.backend].modes}
        for mode in framework.modes:
            assert below[mode.counterpart].family == mode.family


def test_a_run_without_a_library_above_has_no_costs(tmp_path):
    run = load_run(synthetic().write(tmp_path / "run"))
    assert costs_of(run) == ()
    assert not list(tabulate_layers(()))


def test_the_ratio_of_a_pair_is_that_of_its_own_rounds(tmp_path):
    (cost,) = costs_of(layer_run(tmp_path / "run"))
    assert (cost.above.variant, cost.below.variant) == (KERAS, BELOW)
    logs = [log(each) for each in RATIOS]
    mean = sum(logs) / LAUNCHES
    spread = sqrt(sum((each - mean) ** 2 for each in logs) / (LAUNCHES - 1))
    half = t.ppf(0.975, LAUNCHES - 1) * spread / sqrt(LAUNCHES)
    assert cost.ratio.estimate == pytest.approx(exp(mean), rel=1e-6)
    assert cost.ratio.low == pytest.approx(exp(mean - half), rel=1e-6)
    assert cost.ratio.high == pytest.approx(exp(mean + half), rel=1e-6)


def test_the_table_shows_both_times_and_their_ratio(tmp_path):
    costs, times = tabulate_layers(costs_of(layer_run(tmp_path / "run")))
    assert column(costs, "above") == [KERAS]
    assert column(costs, "below") == [BELOW]
    assert column(costs, "step time below") == ["2.00\N{NO-BREAK SPACE}\u03bcs"]
    assert column(costs, "step time above") == ["3.00\N{NO-BREAK SPACE}\u03bcs"]
    (ratio,) = column(costs, "ratio (95% interval)")
    assert ratio == "1.50\N{MULTIPLICATION SIGN} (1.27\N{EN DASH}1.77)"
    assert [each.title for each in times.columns] == ["workload", BELOW, KERAS]


def test_a_pair_without_one_of_its_variants_shows_the_reason(tmp_path):
    (cost,) = costs_of(layer_run(tmp_path / "run", missing=(KERAS,)))
    costs, times = tabulate_layers([cost])
    assert column(costs, "ratio (95% interval)") == ["not run"]
    assert column(costs, "reason") == [f"{KERAS}: {REASON}"]
    assert column(times, KERAS) == ["not run"]


def test_the_report_and_the_terminal_show_what_the_layer_costs(tmp_path):
    outline = build_outline(layer_run(tmp_path / "run"))
    assert "layers" in [section.ident for section in outline.sections]
    assert "What the layer above costs" in [table.caption for table in outline.brief]
