"""The conversation with a runner, the same in Python and in C++."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest

from compare.contract import Framework, Runner
from compare.machine import available_cores
from compare.runners.building import RunnerError, prepare_runner
from compare.runners.process import RunnerProcess
from compare.runners.serving import sort_by_number, split_names

ARRAY = np.arange(24, dtype="float32").reshape(4, 2, 3) - 7


@pytest.fixture(scope="module", params=["Python", "C++"])
def command(request, tmp_path_factory):
    """Return the command that starts a runner which doubles arrays."""
    if request.param == "Python":
        return [sys.executable, "-m", "tests.support.numpy_runner"]
    return prepare_runner(
        Runner(name="doubling", program="doubling.cpp", options=("-O0",)),
        Framework(
            name="numpy",
            package="tests.support",
            module="numpy",
            install="",
            rank=1,
            modes=(),
            environment={},
        ),
        cache=tmp_path_factory.mktemp("cache"),
    )


@pytest.fixture
def start(command, tmp_path):
    """Return a function that starts the runner on a model and cases."""

    def start_on(does, *cases, names=("", "")):
        (tmp_path / "model").write_text(does)
        folders = []
        for number, arrays in enumerate(cases):
            folders.append(tmp_path / f"case_{number}")
            folders[-1].mkdir()
            for position, array in enumerate(arrays):
                np.save(folders[-1] / f"input_{position}.npy", array)
        return RunnerProcess(
            [*command, str(tmp_path / "model"), *names, *map(str, folders)],
            environment=os.environ,
            cores=available_cores()[:1],
            log=tmp_path / "log",
        )

    return start_on


def outputs_of(case):
    return [np.load(path) for path in sorted(case.glob("output_*.npy"))]


def test_the_outputs_of_every_case_are_written_into_its_folder(start, tmp_path):
    with start("doubles", [ARRAY, np.float32(0.5)], [ARRAY[:2]]):
        first, second = outputs_of(tmp_path / "case_0")
        (half,) = outputs_of(tmp_path / "case_1")
    assert np.array_equal(first, 2 * ARRAY)
    assert second == 1.0
    assert second.shape == ()
    assert np.array_equal(half, 2 * ARRAY[:2])
    assert {each.dtype for each in (first, second, half)} == {np.dtype("float32")}


@pytest.mark.parametrize("dtype", ["float64", "int32", "int64", "bool"])
def test_arrays_of_every_dtype_are_read(start, tmp_path, dtype):
    with start("doubles", [ARRAY, np.ones((3, 0, 1), dtype)]):
        assert np.array_equal(outputs_of(tmp_path / "case_0")[0], 2 * ARRAY)
        assert not (tmp_path / "case_0" / "error.txt").exists()


def test_ten_inputs_are_read_in_the_order_of_their_numbers(start, tmp_path):
    with start("doubles", [np.float32([number]) for number in range(11)]):
        found = [
            float(np.load(tmp_path / "case_0" / f"output_{number}.npy")[0])
            for number in range(11)
        ]
    assert found == [2.0 * number for number in range(11)]


def test_a_case_that_the_model_refuses_has_the_reason_and_the_others_run(
    start, tmp_path
):
    with start("takes four rows", [ARRAY], [ARRAY[:2]]) as runner:
        assert len(outputs_of(tmp_path / "case_0")) == 1
        assert outputs_of(tmp_path / "case_1") == []
        assert (tmp_path / "case_1" / "error.txt").read_text() == "expected 4 rows"
        assert runner.time_calls(1) > 0


def test_the_model_is_called_as_often_as_requested(start, tmp_path):
    with start("counts calls", [ARRAY], [ARRAY[:2]]) as runner:
        assert 0 < runner.load_s < runner.start_s
        assert all(runner.time_calls(calls) > 0 for calls in (1, 7))
    assert (tmp_path / "model.calls").read_text().count("call") == 2 + 1 + 7


def test_timed_calls_use_the_first_case(start):
    with start("takes four rows", [ARRAY], [ARRAY[:2]]) as runner:
        assert runner.time_calls(5) > 0


def test_a_first_case_that_the_model_refuses_cannot_be_timed(start):
    with (
        start("takes four rows", [ARRAY[:2]]) as runner,
        pytest.raises(RunnerError, match=r"exited with code 1: .*expected 4 rows"),
    ):
        runner.time_calls(5)


def test_a_model_that_cannot_be_loaded_ends_the_runner_with_the_reason(start):
    with pytest.raises(RunnerError, match=r"exited with code 1: .*of any kind"):
        start("cannot be loaded", [ARRAY])


def test_names_of_inputs_and_outputs_are_separated_by_commas(start, tmp_path):
    with start("counts names", [ARRAY], names=("a,b:0", "c")):
        assert outputs_of(tmp_path / "case_0")[0].max() == 3


def test_no_names_are_no_list_of_one_empty_name():
    assert split_names("") == []


def test_names_that_end_in_a_number_are_in_the_order_of_the_numbers():
    names = [f"output_{number}" for number in range(12)]
    assert sort_by_number(sorted(names)) == names
