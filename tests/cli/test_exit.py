"""Exit codes and messages of errors."""

from __future__ import annotations

import os
import signal

import pytest

from compare.cli.exit import ExitCode, run_guarded
from compare.cli.run import exit_code_of
from compare.errors import StorageError, UsageError
from compare.runs.folder import load_run
from compare.runs.record import Examined, SizeFacts
from tests.support.synthetic import cell_of, rows_of, synthetic, with_rows


def exit_code(work, *, debug=False):
    with pytest.raises(SystemExit) as caught:
        run_guarded(work, debug=debug)
    return caught.value.code


def raising(error):
    def work():
        raise error

    return work


def test_the_exit_code_is_what_the_work_returns():
    assert exit_code(lambda: ExitCode.OK) == 0
    assert exit_code(lambda: ExitCode.FAILED) == 1


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (UsageError("--x: expected a"), 2, "error: --x: expected a\n"),
        (
            OSError("disk full"),
            1,
            "error: disk full. Rerun with --debug for a traceback.\n",
        ),
        (
            KeyError("x"),
            1,
            "error: KeyError: 'x'\nThis is a bug in graph-compare. "
            "Rerun with --debug for a traceback.\n",
        ),
        (KeyboardInterrupt(), 130, "Interrupted.\n"),
        (BrokenPipeError(), 141, ""),
        (StorageError("x: cannot be written"), 1, "error: x: cannot be written\n"),
    ],
    ids=["usage", "system", "bug", "interrupt", "closed pipe", "storage"],
)
def test_an_error_is_printed_as_a_message(capsys, error, code, message):
    assert exit_code(raising(error)) == code
    assert capsys.readouterr().err == message


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGTERM, ExitCode.TERMINATED),
        (signal.SIGHUP, ExitCode.HANGUP),
        (signal.SIGINT, ExitCode.INTERRUPTED),
    ],
)
def test_a_signal_ends_a_command_with_the_code_that_shells_report(capsys, number, code):
    handlers = list(map(signal.getsignal, signal.Signals))
    assert exit_code(lambda: os.kill(os.getpid(), number)) == code == 128 + number
    assert capsys.readouterr().err == "Interrupted.\n"
    assert list(map(signal.getsignal, signal.Signals)) == handlers


def test_a_second_signal_does_not_interrupt_the_clean_up():
    finished = []

    def work():
        try:
            os.kill(os.getpid(), signal.SIGHUP)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            finished.append(True)

    assert exit_code(work) == ExitCode.HANGUP
    assert finished


def test_a_signal_that_was_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        assert exit_code(lambda: os.kill(os.getpid(), signal.SIGHUP) or 0) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_clean_up_that_fails_after_a_signal_does_not_change_the_exit_code():
    def work():
        try:
            os.kill(os.getpid(), signal.SIGHUP)
        finally:
            raise OSError(5, "Input/output error")

    assert exit_code(work) == ExitCode.HANGUP
    assert exit_code(work, debug=True) == ExitCode.HANGUP


def test_an_interrupt_without_a_terminal_has_its_exit_code(monkeypatch):
    def fail(*_, **__):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("compare.cli.console.click.echo", fail)
    assert exit_code(lambda: os.kill(os.getpid(), signal.SIGHUP)) == ExitCode.HANGUP


@pytest.mark.parametrize("error", [UsageError("x"), OSError("x"), KeyError("x")])
def test_debug_raises_the_error(error):
    with pytest.raises(type(error)):
        run_guarded(raising(error), debug=True)


def test_a_cell_that_breaks_its_declaration_ends_a_run_with_1(tmp_path):
    made = synthetic()
    assert exit_code_of(load_run(made.write(tmp_path / "sound"))) == ExitCode.OK
    cell_of(made, "cnn", "tf/xla").capture_verdict = "no compiler"
    assert exit_code_of(load_run(made.write(tmp_path / "run"))) == ExitCode.FAILED


def test_a_wrong_result_on_another_batch_size_ends_a_check_with_1(tmp_path):
    made = synthetic()
    for agrees, code in ((True, ExitCode.OK), (False, ExitCode.FAILED)):
        size = SizeFacts(size=4, agrees=agrees)
        made.record.examined = [
            Examined(
                workload="cnn", framework="tf", mode="xla", breaks=[], sizes=[size]
            )
        ]
        run = load_run(made.write(tmp_path / f"run-{agrees}"))
        assert exit_code_of(run) == code


def test_timed_steps_do_not_decide_a_cell_that_is_undecided_otherwise(tmp_path):
    made = synthetic()
    rows = rows_of(made.agreement, "cnn", "tf/xla")
    rows &= made.agreement["check"] != "determinism"
    made = with_rows(made, rows, verdict="undecided")
    first = made.agreement[rows].index[:1]
    made.agreement.loc[first, ["check", "against", "verdict"]] = [
        *("timed", "the same steps one by one", "agrees"),
    ]
    assert exit_code_of(load_run(made.write(tmp_path / "run"))) == ExitCode.FAILED
