"""Exit codes and messages of errors."""

from __future__ import annotations

import pytest

from compare.cli.exit import ExitCode, run_guarded
from compare.errors import StorageError, UsageError


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


@pytest.mark.parametrize("error", [UsageError("x"), OSError("x"), KeyError("x")])
def test_debug_raises_the_error(error):
    with pytest.raises(type(error)):
        run_guarded(raising(error), debug=True)
