"""Workloads over several values of a size, from the command line's text."""

from __future__ import annotations

import pytest

from compare import workloads
from compare.errors import DataError, UsageError
from compare.pipeline.request import RunOptions, build_request
from compare.pipeline.sizes import parse_sweep
from compare.report.run.tables import format_command
from compare.runs.folder import create_folder
from compare.scaffold.copying import write_copy
from tests.support.grids import grid_run
from tests.support.resuming import continue_run, using_numpy_package
from tests.support.running import record_of


@pytest.fixture
def numpy_package(tmp_path):
    """Make the NumPy package available."""
    with using_numpy_package(tmp_path / "cache"):
        yield


def request_of(*names, sweep, **options):
    chosen = RunOptions(workloads=names, sweep=sweep, **options)
    return build_request(chosen, timed=True)


def test_each_value_is_a_workload_with_a_label_of_its_own():
    request = request_of("two_layer", sweep="batch=1,8", sizes=("hidden=7",))
    assert request.swept_size == "batch"
    assert [(w.label, w.swept) for w in request.workloads] == [
        ("two_layer.batch-1", "two_layer"),
        ("two_layer.batch-8", "two_layer"),
    ]
    assert [w.config["batch"] for w in request.workloads] == [1, 8]
    assert {w.config["hidden"] for w in request.workloads} == {7}


def test_workloads_without_the_size_are_left_out():
    request = request_of(sweep="hidden=10,20")
    assert {w.name for w in request.workloads} == {"two_layer"}
    request = request_of(sweep="batch=10,20")
    assert {w.name for w in request.workloads} == {"two_layer", "cnn"}


def test_the_fields_of_a_folder_are_swept(tmp_path):
    folder = tmp_path / "mine"
    write_copy(folder, "two_layer")

    request = request_of(str(folder), sweep="batch=1,8", sizes=("hidden=7",))

    assert [each.label for each in request.workloads] == [
        "mine.batch-1",
        "mine.batch-8",
    ]
    assert [each.values["batch"] for each in request.workloads] == [1, 8]
    assert {each.values["hidden"] for each in request.workloads} == {7}
    with pytest.raises(UsageError, match="--sweep: expected batch, inputs, hidden"):
        request_of(str(folder), sweep="bath=1,8")


def test_two_sizes_give_every_combination():
    request = request_of("chain", sweep=("operations=1,10", "width=8,64"))
    assert request.swept_size == ""
    assert request.crossed_sizes == ["operations", "width"]
    assert [w.label for w in request.workloads] == [
        "chain.operations-1.width-8",
        "chain.operations-1.width-64",
        "chain.operations-10.width-8",
        "chain.operations-10.width-64",
    ]
    for workload in request.workloads:
        assert workload.swept == "chain"
        assert workload.grid == ["operations", "width"]
    assert request.workloads[1].config["width"] == 64


def test_workloads_without_both_sizes_are_left_out():
    sweep = ("layers=1,2", "width=8,16")
    request = request_of("chain", "layers", sweep=sweep)
    assert {workload.swept for workload in request.workloads} == {"layers"}


def test_a_suite_has_sweeps_of_its_own_that_an_option_replaces():
    request = request_of(suite_name="fusion", sweep=())
    assert {workload.swept for workload in request.workloads} == {"chain", "layers"}
    assert all(len(workload.grid) == 2 for workload in request.workloads)
    assert request.crossed_sizes == []
    assert not request.cold_starts
    assert not request.repeats_steps
    assert request.variants[0] == "torch/eager"
    other = request_of(suite_name="fusion", sweep="operations=1,2")
    assert [w.label for w in other.workloads] == [
        "chain.operations-1",
        "chain.operations-2",
    ]
    assert [w.grid for w in other.workloads] == [[], []]


@pytest.mark.parametrize(
    ("sweep", "message"),
    [
        (("width=1,2", "width=3,4"), "expected two different sizes; received width"),
        (("width=1,2", "batch=1,2", "seed=1,2"), "one or two sizes; received 3"),
        (("width=1,2", "hidden=1,2"), "--sweep: expected batch, operations, width"),
        (("operations=1,2", "layers=1,2"), "a workload that has operations and layers"),
        (("operations=1,2", "width=0,2"), "--sweep width: expected positive numbers"),
        (("operations=1,2", "width"), "expected a size and at least two different"),
    ],
)
def test_a_wrong_grid_is_refused(sweep, message):
    with pytest.raises(UsageError, match=message):
        request_of("chain", "layers", sweep=sweep)


def test_the_command_of_a_grid_names_both_sizes(tmp_path):
    run = grid_run(tmp_path / "run")
    run.record.request.crossed_sizes = ["operations", "width"]
    command = format_command(run)
    assert "run chain --suite" in command
    assert "--sweep operations=1,10,100,1000 --sweep width=8,512" in command


def test_without_a_sweep_nothing_is_swept():
    request = request_of("two_layer", sweep=())
    assert request.swept_size == ""
    assert [w.swept for w in request.workloads] == [""]


@pytest.mark.parametrize(
    "text", ["batch", "batch=", "batch=1", "batch=1,1", "batch=1,", "=1,2", ""]
)
def test_a_text_that_is_no_sweep_is_refused(text):
    with pytest.raises(UsageError, match="at least two different values, such as"):
        parse_sweep(text)


@pytest.mark.parametrize(
    ("sweep", "message"),
    [
        ("hiden=1,2", "--sweep: expected batch, inputs, hidden"),
        ("hidden=1,x", "--sweep hidden: expected positive numbers"),
        ("hidden=0,1", "--sweep hidden: expected positive numbers"),
        ("batch=1,-8", "--sweep batch: expected positive numbers"),
    ],
)
def test_a_value_that_the_size_cannot_have_is_refused(sweep, message):
    with pytest.raises(UsageError) as error:
        request_of("two_layer", sweep=sweep)
    assert message in str(error.value)


def test_a_size_that_is_no_number_is_refused():
    with pytest.raises(UsageError, match="--sweep data: expected positive numbers"):
        request_of("cnn", sweep="data=digits,synthetic")


def run_sweep(folder, *, suite, sweep, timed, name="two_layer"):
    """Execute a sweep of a workload with the NumPy package."""
    options = RunOptions(
        workloads=(name,),
        variants=("numpy/eager",),
        suite_name=str(suite),
        sweep=sweep,
    )
    create_folder(folder, record_of(build_request(options, timed=timed)))
    return continue_run(folder)


@pytest.mark.usefixtures("numpy_package")
def test_a_point_that_memory_is_too_small_for_is_not_run_and_the_others_are_kept(
    small_suite, tmp_path
):
    sweep = "batch=8,1000000000000"
    done = run_sweep(tmp_path / "run", suite=small_suite, sweep=sweep, timed=True)
    cells = done.cells.set_index("workload")
    assert list(cells["status"]) == ["ok", "not run"]
    reason = cells.loc["two_layer.batch-1000000000000", "reason"]
    assert "not enough memory: Unable to allocate" in reason
    assert "Choose smaller sizes" in reason
    assert {*done.timing["workload"]} == {"two_layer.batch-8"}


@pytest.mark.usefixtures("numpy_package")
def test_a_point_whose_data_cannot_be_read_is_not_run(
    small_suite, tmp_path, monkeypatch
):
    def stage(workload, **where):
        if workload.batch == 4:
            raise DataError("no such image")
        return staged(workload, **where)

    staged = workloads.stage
    monkeypatch.setattr(workloads, "stage", stage)
    done = run_sweep(
        tmp_path / "run", suite=small_suite, sweep="batch=4,8", timed=False
    )
    assert list(done.cells["status"]) == ["not run", "ok"]
    assert done.cells["reason"][0] == "no such image"


@pytest.mark.usefixtures("numpy_package")
def test_batches_of_different_lengths_are_timed_in_whole_cycles(small_suite, tmp_path):
    done = run_sweep(
        tmp_path / "run", suite=small_suite, sweep="lengths=1,3", timed=True, name="rnn"
    )
    assert list(done.cells["status"]) == ["ok", "ok"]
    steps = done.samples[done.samples["workload"] == "rnn.lengths-3"]["steps"]
    assert len(steps)
    assert not (steps % 3).any()
