"""End a command on SIGTERM and SIGHUP as on Ctrl-C: keep results, stop all workers."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

HANDLED = (signal.SIGTERM, signal.SIGHUP)


class SignalInterrupt(KeyboardInterrupt):
    """SIGTERM or SIGHUP was received. Handlers of Ctrl-C handle it as well.

    Args:
        number: of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


@contextmanager
def raising_interrupts() -> Iterator[None]:
    """Raise `SignalInterrupt` in the main thread at the first of these signals.

    Later ones are ignored, because they would interrupt the clean-up. A signal that was
    ignored before, as ``nohup`` does with SIGHUP, stays ignored.
    """
    before = {number: signal.getsignal(number) for number in HANDLED}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, _: FrameType | None) -> NoReturn:
    for each in HANDLED:
        signal.signal(each, signal.SIG_IGN)
    raise SignalInterrupt(number)
