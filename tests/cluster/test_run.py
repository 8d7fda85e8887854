"""A run on a cluster has the rows of every workload once, with their machine."""

from __future__ import annotations

import io
from collections import Counter
from contextlib import contextmanager

import msgspec
import pytest
from rich.console import Console

import compare
from compare.cluster import run as cluster_run
from compare.cluster.dispatch import Arrival
from compare.cluster.machines import ClusterMachine, describe_machine
from compare.cluster.merge import PartResult, list_open_workloads, merge_part
from compare.cluster.run import execute_on_cluster, run_workloads, store_arrival
from compare.cluster.transfer import PartReply, make_part, receive_part
from compare.errors import RunError, UsageError
from compare.pipeline.finish import finish
from compare.pipeline.plan import plan_cells
from compare.runs.folder import read_record
from compare.runs.progress import Reporter
from compare.runs.record import KEY
from compare.runs.store import drop_unfinished_rows, store_frames
from compare.runs.tables import SAMPLES
from compare.runs.words import Status
from tests.benchmarks.cluster_speed import find_faults, read_run_keys
from tests.cluster.conftest import LABELS
from tests.support.fake_cluster import FakeCluster

KEYS = {
    "agreement": [*KEY, "inputs", "check", "step", "quantity", "against", "threads"],
    "samples": [*KEY, "launch", "round"],
    "profile": [*KEY, "operation"],
}


def make_reporter(record):
    console = Console(file=io.StringIO(), width=200)
    return Reporter(console=console, expected_s=1.0, record=record)


def make_cluster(spread, **replies):
    return FakeCluster(
        workers={"1": "one", "2": "two"},
        reply=lambda label, _: {**spread.replies, **replies}[label],
    )


def run_on(cluster, folder, record):
    reporter = make_reporter(record)
    with reporter:
        run_workloads(folder, record, cluster=cluster, reporter=reporter)
    return reporter.console.file.getvalue()


def count_rows(folder):
    run = compare.load_run(folder)
    return {
        name: Counter(
            getattr(run, name)[columns].astype(str).itertuples(index=False, name=None)
        )
        for name, columns in KEYS.items()
    }


def test_each_row_is_there_once_with_the_machine_of_its_workload(spread, tmp_path):
    record = spread.new_folder(tmp_path / "run")
    printed = run_on(make_cluster(spread), tmp_path / "run", record)
    run = finish(tmp_path / "run")
    assert {c.workload: c.machine for c in run.record.cells} == {
        "first": "one",
        "second": "two",
    }
    assert dict(run.cells[["workload", "machine"]].to_numpy()) == {
        "first": "one",
        "second": "two",
    }
    assert {*run.timing["machine"]} == {"one", "two"}
    for name, counts in count_rows(tmp_path / "run").items():
        assert set(counts.values()) == {1}, name
    assert {*run.samples["workload"]} == {*run.agreement["workload"]} == {*LABELS}
    assert {*run.record.machines} == {"one", "two"}
    assert run.record.launches_done == {"first": 2, "second": 2}
    assert "first: done on one; 1 of 2 done" in printed
    logs = {path.parent.name for path in (tmp_path / "run" / "logs").rglob("*.log")}
    assert logs == {*LABELS}, "logs of both have equal names"


def test_results_that_arrive_twice_are_counted_once(spread, tmp_path):
    folder = tmp_path / "run"
    record = spread.new_folder(folder)
    sent = make_part(record, label="first")
    arrival = Arrival(label="first", machine="one", reply=spread.replies["first"])
    store_arrival(folder, record, arrival, sent=sent)
    before, counted = count_rows(folder), dict(record.row_counts)
    late = Arrival(label="first", machine="two", reply=spread.replies["first"])
    store_arrival(folder, record, late, sent=sent)
    assert count_rows(folder) == before
    assert record.row_counts == counted
    assert len(record.starts) == len({msgspec.json.encode(s) for s in record.starts})
    assert {*record.machines} == {"one"}


def test_a_failed_workload_is_named_and_the_resumed_run_does_only_that(
    spread, tmp_path
):
    folder = tmp_path / "run"
    record = spread.new_folder(folder)
    failing = msgspec.msgpack.encode(PartReply(error="no file images.npz"))
    with pytest.raises(RunError) as raised:
        run_on(make_cluster(spread, second=failing), folder, record)
    message = str(raised.value)
    assert "second on two: no file images.npz" in message
    assert f"graph-compare run --resume {folder}" in message
    record = read_record(folder)
    assert list_open_workloads(record) == ["second"]
    cluster = make_cluster(spread)
    run_on(cluster, folder, record)
    assert [label for label, _ in cluster.started] == ["second"]
    for name, counts in count_rows(folder).items():
        assert set(counts.values()) == {1}, name


def test_a_parent_that_is_killed_while_it_merges_leaves_no_row_twice(
    spread, tmp_path, monkeypatch
):
    folder = tmp_path / "run"
    record = spread.new_folder(folder)
    sent = make_part(record, label="first")
    arrival = Arrival(label="first", machine="one", reply=spread.replies["first"])
    with monkeypatch.context() as patched:
        # Rows are appended; the record that counts them is not written.
        patched.setattr("compare.runs.store.save_record", interrupt)
        with pytest.raises(KeyboardInterrupt):
            store_arrival(folder, record, arrival, sent=sent)
    assert (folder / "samples.csv.gz").exists()
    record = read_record(folder)
    drop_unfinished_rows(folder, record)
    assert list_open_workloads(record) == [*LABELS]
    run_on(make_cluster(spread), folder, record)
    for name, counts in count_rows(folder).items():
        assert set(counts.values()) == {1}, name


def interrupt(*_):
    raise KeyboardInterrupt


def test_the_limits_of_a_machine_are_the_best_of_its_workloads(spread, tmp_path):
    folder = tmp_path / "run"
    record = spread.new_folder(folder)
    for label, rate in zip(LABELS, (3e9, 5e9), strict=True):
        part = make_part(record, label=label)
        scratch = tmp_path / label
        scratch.mkdir()
        received, frames = receive_part(
            spread.replies[label], sent=part, folder=scratch
        )
        received.peak_flops_per_second = {"float32": rate}
        received.peak_frameworks = {"float32": {"arithmetic": f"of {label}"}}
        result = PartResult(
            label=label, machine="one", record=received, frames=frames, folder=scratch
        )
        assert merge_part(folder, record, result)
    (facts,) = record.machines.values()
    assert facts.peak_flops_per_second == {"float32": 5e9}
    assert facts.peak_frameworks["float32"]["arithmetic"] == "of second"


def test_each_machine_has_the_limits_that_were_measured_on_it(spread, tmp_path):
    folder = tmp_path / "run"
    record = spread.new_folder(folder)
    run_on(make_cluster(spread), folder, record)
    record.machines["one"].peak_flops_per_second = {"float32": 1e9}
    record.machines["two"].peak_flops_per_second = {"float32": 4e9}
    timing = finish(folder, record=record).timing
    peak = timing["flops_per_second"] / timing["fraction_of_peak"]
    assert dict(zip(timing["machine"], peak.round(-6), strict=True)) == {
        "one": 1e9,
        "two": 4e9,
    }


@pytest.fixture
def connected(spread, monkeypatch):
    """Let runs use a fake cluster whose machines have the versions of this one."""
    cluster = make_cluster(spread)
    here = describe_machine().versions
    machines = [ClusterMachine(name=name, versions=here) for name in ("one", "two")]
    cluster.wait_for_machines = lambda: machines
    cluster.accept_only = lambda versions: None
    cluster.plan = plan_cells

    @contextmanager
    def connect(address, *, show):
        yield cluster

    monkeypatch.setattr(cluster_run, "connect_cluster", connect)
    return machines


def test_machines_of_different_versions_are_refused_and_no_folder_is_left(
    spread, tmp_path, connected
):
    connected[1] = msgspec.structs.replace(
        connected[1], versions={**connected[1].versions, "numpy": "1.26"}
    )
    record = spread.new_folder(tmp_path / "run")
    with pytest.raises(UsageError) as raised:
        execute_on_cluster(tmp_path / "run", record, reporter=make_reporter(record))
    message = str(raised.value)
    assert f"numpy {connected[0].versions['numpy']} (one) and 1.26 (two)" in message
    assert "--force" in message
    assert not (tmp_path / "run").exists()


def test_forced_versions_are_marked_in_the_report(spread, tmp_path, connected):
    connected[1] = msgspec.structs.replace(
        connected[1], versions={**connected[1].versions, "numpy": "1.26"}
    )
    record = spread.new_folder(tmp_path / "run")
    record.request.force = True
    execute_on_cluster(tmp_path / "run", record, reporter=make_reporter(record))
    finish(tmp_path / "run", record=record)
    page = compare.report.render(compare.load_run(tmp_path / "run"))
    texts = [each.text for each in page.outline.cautions]
    assert any("Machines with different versions" in text for text in texts)
    assert any("first on one; second on two" in text for text in texts)


def test_a_resumed_run_refuses_machines_of_newer_versions(spread, tmp_path, connected):
    folder = tmp_path / "run"
    record = spread.new_folder(folder)
    arrival = Arrival(label="first", machine="one", reply=spread.replies["first"])
    store_arrival(folder, record, arrival, sent=make_part(record, label="first"))
    connected[:] = [
        msgspec.structs.replace(each, versions={**each.versions, "scipy": "99"})
        for each in connected
    ]
    with pytest.raises(UsageError, match=r"scipy .* \(one before the interruption\)"):
        execute_on_cluster(folder, record, reporter=make_reporter(record))
    assert read_record(folder).launches_done == {"first": 2}


def test_a_budget_is_shared_by_the_workloads(spread):
    record = spread.new_record()
    record.request.budget_s = 60.0
    assert make_part(record, label="first").request.budget_s == 30.0


def test_all_cells_are_decided_at_the_end(spread, tmp_path, connected):
    record = spread.new_folder(tmp_path / "run")
    execute_on_cluster(tmp_path / "run", record, reporter=make_reporter(record))
    assert {cell.status for cell in record.cells} == {Status.OK}
    assert read_record(tmp_path / "run").finished


def test_the_report_shows_what_each_machine_ran_and_its_limits(spread, tmp_path):
    folder = tmp_path / "run"
    record = spread.new_folder(folder)
    run_on(make_cluster(spread), folder, record)
    for name, rate in (("one", 1e9), ("two", 4e9)):
        record.machines[name].peak_flops_per_second = {"float32": rate}
    record.machines["two"].environment["memory"] = "512.0 GiB"
    rendered = compare.report.render(finish(folder, record=record))
    tables = {t.caption: t for s in rendered.outline.sections for t in s.tables}
    machines = [[value.text for value in row] for row in tables["Machines"].rows]
    assert [row[:2] for row in machines] == [["one", "first"], ["two", "second"]]
    assert "512.0 GiB" in machines[1]
    limits = [caption for caption in tables if caption.startswith("Limits of ")]
    assert [each.split(",")[0] for each in limits] == ["Limits of one", "Limits of two"]


def test_what_can_run_is_planned_on_a_machine(spread, tmp_path, connected):
    record = spread.new_folder(tmp_path / "run")
    for cell in record.cells:  # as planned where no framework is installed
        cell.status, cell.reason = Status.NOT_RUN, "numpy is not installed"
    execute_on_cluster(tmp_path / "run", record, reporter=make_reporter(record))
    assert {(cell.status, cell.reason) for cell in record.cells} == {(Status.OK, "")}


def test_the_check_of_runs_with_killed_workers_finds_rows_that_are_there_twice(
    spread, tmp_path
):
    folder = tmp_path / "run"
    record = spread.new_folder(folder)
    run_on(make_cluster(spread), folder, record)
    record.finished = True
    finish(folder, record=record)
    expected = read_run_keys(folder)
    assert find_faults(folder, expected=expected, code=0) == []
    again = compare.load_run(folder).samples.head(1)
    store_frames(folder, record, {SAMPLES: again})
    (fault,) = find_faults(folder, expected=expected, code=0)
    assert fault.startswith("samples: extra or twice")
