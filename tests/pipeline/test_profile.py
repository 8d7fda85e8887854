"""Profiles: traces in the Chrome format, and the table of operations."""

from __future__ import annotations

import gzip
import json
import shutil

import pytest

import compare
from compare.contract import Operation, OperationKind
from compare.pipeline import profile
from compare.runs.record import KEY, Cell
from tests.support.commands import choose_variants
from tests.support.long import RUNS_LONG, long_test

VARIANTS = ("torch/eager", "tf/eager", "tf/function")
VARIANTS += ("tf/xla",) if RUNS_LONG else ()


CELL = Cell(
    workload="two_layer",
    framework="torch",
    mode="eager",
    device="cpu",
    dtype="float32",
    family="dynamic",
    captures="none",
)


def operation(name, *, self_ns, processor="host", calls=20):
    return Operation(
        name=name,
        kind=OperationKind.OTHER,
        processor=processor,
        calls=calls,
        self_ns=self_ns,
    )


def test_rows_are_per_step_and_sorted_by_self_time():
    operations = [operation("a", self_ns=100.0), operation("b", self_ns=300.0)]
    rows = profile.compute_rows_per_step(CELL, operations, steps=10)
    assert [row.operation for row in rows] == ["b", "a"]
    assert [row.self_time_ns for row in rows] == [30.0, 10.0]
    assert [row.share for row in rows] == [0.75, 0.25]
    assert {row.calls_per_step for row in rows} == {2.0}


def test_shares_refer_to_each_processor_and_operations_without_time_are_left_out():
    operations = [
        operation("a", self_ns=50.0),
        operation("a", self_ns=500.0, processor="device"),
        operation("b", self_ns=0.0),
    ]
    rows = profile.compute_rows_per_step(CELL, operations, steps=1)
    assert [row.share for row in rows] == [1.0, 1.0]


@pytest.fixture(scope="module")
def profiled(cli, small_suite, tmp_path_factory):
    """Return a real run with profiles."""
    folder = tmp_path_factory.mktemp("runs") / "profiled"
    options = ["--suite", small_suite, "--out", folder, "--profile"]
    done = cli("run", "two_layer", *choose_variants(VARIANTS), *options)
    assert done.code == 0, done.out + done.err
    return folder


def trace_of(folder, variant):
    path = folder / "profiles" / f"two_layer-{variant.replace('/', '-')}.json.gz"
    return json.loads(gzip.decompress(path.read_bytes()))


def rows_of(folder, variant):
    rows = compare.load_run(folder).profile
    return rows[rows["framework"] + "/" + rows["mode"] == variant]


@pytest.mark.torch
@pytest.mark.tf
class TestARunWithProfiles:
    """Profiles of dynamic and static variants of both frameworks."""

    @pytest.mark.parametrize("variant", VARIANTS)
    def test_a_trace_has_the_chrome_format(self, profiled, variant):
        events = trace_of(profiled, variant)["traceEvents"]
        slices = [event for event in events if event["ph"] == "X"]
        assert len(slices) > 3 * profile.STEPS
        for event in slices:
            assert isinstance(event["name"], str)
            assert event["name"]
            assert event["ts"] >= 0
            assert event["dur"] >= 0
            assert {"pid", "tid"} <= event.keys()
        named = {event["name"] for event in events if event["ph"] == "M"}
        assert {"process_name", "thread_name"} <= named

    @pytest.mark.parametrize("variant", VARIANTS)
    def test_self_times_add_up_to_the_length_of_the_step(self, profiled, variant):
        events = trace_of(profiled, variant)["traceEvents"]
        steps_us = [
            event["dur"]
            for event in events
            if event["ph"] == "X" and event["name"] == "training step"
        ]
        assert len(steps_us) == profile.STEPS
        step_ns = sum(steps_us) * 1e3 / profile.STEPS
        self_ns = rows_of(profiled, variant)["self_time_ns"].sum()
        # Time outside the steps, such as waiting for the last one, has no upper bound.
        assert self_ns > 0.98 * step_ns

    @pytest.mark.parametrize("variant", ["torch/eager", "tf/eager", "tf/function"])
    def test_the_matrix_products_of_the_network_are_found(self, profiled, variant):
        rows = rows_of(profiled, variant)
        products = rows[rows["kind"] == "matrix product"]
        assert products["calls_per_step"].sum() == 5  # 2 forward, 3 backward

    @pytest.mark.parametrize("variant", ["torch/eager", "tf/eager", "tf/function"])
    def test_matrix_products_have_the_name_that_nodes_of_graphs_have(
        self, profiled, variant
    ):
        rows = rows_of(profiled, variant)
        products = rows[rows["kind"] == "matrix product"]
        assert set(products["common"]) <= {"matrix product", "linear"}
        outside = rows[rows["kind"] == "outside operations"]
        assert set(outside["common"]) == {""}

    @long_test
    def test_operations_that_xla_fused_are_fused_kernels(self, profiled):
        assert "fused kernel" in set(rows_of(profiled, "tf/xla")["kind"])

    @pytest.mark.parametrize("variant", VARIANTS)
    def test_shares_of_a_cell_add_up_to_one(self, profiled, variant):
        rows = rows_of(profiled, variant)
        assert rows["share"].sum() == pytest.approx(1.0)
        assert set(rows["processor"]) == {"host"}
        assert not rows.duplicated([*KEY, "processor", "kind", "operation"]).any()

    def test_the_report_compares_the_operations_of_two_variants(self, profiled):
        text = (profiled / "report.md").read_text()
        assert "## Where the time goes" in text
        assert "top operations of torch/eager and tf/function" in text

    def test_the_request_for_profiles_is_stored_and_in_the_report(self, profiled):
        assert compare.load_run(profiled).record.request.profile
        assert "--profile" in (profiled / "report.md").read_text()

    @long_test
    def test_a_resumed_run_profiles_only_the_missing_cells(
        self, cli, profiled, tmp_path
    ):
        copy = tmp_path / "copy"
        shutil.copytree(profiled, copy)
        table = (copy / "profile.csv").read_text().splitlines(keepends=True)
        kept = [line for line in table if ",eager," in line]
        (copy / "profile.csv").write_text("".join([table[0], *kept]))
        record = json.loads((copy / "run.json").read_text())
        record["finished"] = False
        record["row_counts"]["profile.csv"] = len(kept)
        (copy / "run.json").write_text(json.dumps(record))
        done = cli("run", "--resume", copy)
        assert done.code == 0, done.out + done.err
        after = (copy / "profile.csv").read_text().splitlines(keepends=True)
        assert after[1 : len(kept) + 1] == kept
        assert all(len(rows_of(copy, variant)) for variant in VARIANTS)
