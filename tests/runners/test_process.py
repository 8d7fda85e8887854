"""Runners that answer, end, hang or print something else."""

from __future__ import annotations

import os
import sys

import pytest

from compare.machine import available_cores
from compare.runners import process
from compare.runners.building import RunnerError
from compare.runners.process import RunnerProcess

READY = "print('ready 250000000', flush=True)\n"


@pytest.fixture
def start(tmp_path):
    """Return a function that starts a program in Python as a runner."""
    started = []

    def start_program(program, *arguments, **environment):
        runner = RunnerProcess(
            [sys.executable, "-c", program, *arguments],
            environment=os.environ | environment,
            cores=available_cores()[:1],
            log=tmp_path / "log",
        )
        started.append(runner)
        return runner

    yield start_program
    for runner in started:
        runner.close()


def test_a_runner_that_is_ready_answers_with_durations(start):
    runner = start(f"{READY}for line in iter(input, None): print(10**6 * int(line))")
    assert runner.load_s == 0.25
    assert runner.start_s > 0
    assert [runner.time_calls(calls) for calls in (1, 2000)] == [1e-3, 2.0]


def test_a_runner_has_its_arguments_environment_and_processors(start):
    program = (
        "import os, sys\n"
        "print('ready', len(os.sched_getaffinity(0)), flush=True)\n"
        "print(sys.argv[1] + os.environ['GIVEN'], flush=True)\n"
        "input()"
    )
    runner = start(program, "12", GIVEN="34")
    assert runner.load_s == 1e-9
    assert runner.time_calls(1) == 1234e-9


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("raise SystemExit(7)", "the runner exited with code 7: "),
        (
            "import sys; sys.exit('no such model')",
            "the runner exited with code 1: no such model",
        ),
        (
            "import sys; sys.stderr.write('first\\nlast \\n\\n'); sys.exit(2)",
            "the runner exited with code 2: last",
        ),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
            "the runner ended by signal 11: ",
        ),
        ("print('hello')", "the runner sent an invalid reply: hello"),
        ("print('ready')", "the runner sent an invalid reply: ready"),
    ],
    ids=["code", "message", "last line", "signal", "another reply", "no duration"],
)
def test_a_runner_that_does_not_start_has_its_reason(start, program, reason):
    with pytest.raises(RunnerError) as caught:
        start(program)
    assert str(caught.value).strip() == reason.strip()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("raise SystemExit(7)", "exited with code 7"),
        ("print('seven', flush=True)", "sent an invalid reply: seven"),
    ],
)
def test_a_runner_that_fails_later_has_its_reason(start, answer, reason):
    runner = start(f"{READY}input()\n{answer}")
    with pytest.raises(RunnerError, match=reason):
        runner.time_calls(3)


def test_a_runner_that_ended_between_two_requests_has_its_reason(start):
    runner = start(f"{READY}raise SystemExit(7)")
    runner._process.wait()
    with pytest.raises(RunnerError, match="exited with code 7"):
        runner.time_calls(3)


def test_a_runner_that_closes_its_output_and_continues_is_not_waited_for(
    start, monkeypatch
):
    monkeypatch.setattr(process, "EXIT_S", 0.1)
    runner = start(f"{READY}import os, time; input(); os.close(1); time.sleep(600)")
    with pytest.raises(RunnerError, match="the runner closed its output"):
        runner.time_calls(3)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: None, "No such file or directory"),
        (lambda path: path.write_text("int main() {}"), "Permission denied"),
    ],
    ids=["missing", "not executable"],
)
def test_a_runner_that_cannot_be_started_is_named_with_what_to_check(
    tmp_path, make, reason
):
    program = tmp_path / "runner"
    make(program)
    with pytest.raises(RunnerError) as caught:
        RunnerProcess(
            [str(program)],
            environment=os.environ,
            cores=available_cores()[:1],
            log=tmp_path / "log",
        )
    assert str(caught.value).startswith(
        f"the runner {program} cannot be started: {reason}. Check that this file exists"
    )


def test_a_runner_needs_no_other_program_to_be_pinned(start):
    program = (
        "import os\nprint('ready', len(os.sched_getaffinity(0)), flush=True)\ninput()"
    )
    assert start(program, PATH="").load_s == 1e-9


def test_a_runner_that_never_becomes_ready_is_ended_at_the_limit(
    start, monkeypatch, tmp_path
):
    monkeypatch.setattr(process, "READY_LIMIT_S", 0.2)
    pid = tmp_path / "pid"
    program = (
        "import os, pathlib, time\n"
        f"pathlib.Path({str(pid)!r}).write_text(str(os.getpid()))\n"
        "time.sleep(600)"
    )
    with pytest.raises(RunnerError, match=r"did not answer within 0\.2 s"):
        start(program)
    if pid.exists():
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid.read_text()), 0)


def test_a_block_that_does_not_end_is_given_up_at_the_limit(start, monkeypatch):
    monkeypatch.setattr(process, "BLOCK_LIMIT_S", 0.2)
    runner = start(f"{READY}import time; time.sleep(600)")
    with pytest.raises(RunnerError, match=r"did not answer within 0\.2 s"):
        runner.time_calls(3)


def test_a_long_reason_is_shortened(start):
    with pytest.raises(RunnerError) as caught:
        start("import sys; sys.exit('x' * 10_000)")
    assert len(str(caught.value)) < 400


def test_a_reply_may_come_in_pieces_and_two_at_once(start):
    pieces = (
        "import sys, time\n"
        "for piece in ('rea', 'dy 5', '\\n'):\n"
        "    sys.stdout.write(piece); sys.stdout.flush(); time.sleep(0.01)\n"
        "sys.stdout.write('7\\n8\\n'); sys.stdout.flush(); input(); input()\n"
    )
    runner = start(pieces)
    assert [runner.load_s, runner.time_calls(1), runner.time_calls(1)] == [
        5e-9,
        7e-9,
        8e-9,
    ]


def test_the_peak_of_memory_is_that_of_the_runner(start):
    runner = start(f"x = bytearray(2**27)\n{READY}input()")
    assert 2**27 < runner.peak_rss_bytes() < 2**29


def test_a_runner_that_has_ended_has_no_peak_of_memory(start):
    runner = start(f"{READY}input()")
    runner.close()
    assert runner.peak_rss_bytes() is None


def test_the_end_of_the_context_ends_the_process(start):
    with start(f"{READY}import time; time.sleep(600)") as runner:
        number = runner._process.pid
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)
