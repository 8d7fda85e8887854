"""A session of the contract as a side of a comparison: training steps of batches."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compare.contract import Array, Session

METHODS = ("place", "snapshot", "load", "parameters")


def is_session(value: object) -> TypeGuard[Session]:
    """Return whether a value is a `compare.contract.Session`."""
    return all(callable(getattr(value, name, None)) for name in METHODS)


class SessionSteps:
    """The training steps of a session, as a function of canonical batches."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._is_first = True

    @contextmanager
    def keeping_parameters(self) -> Iterator[None]:
        """Start from the session's parameters, and put them back at the end."""
        before, self._is_first = self._session.parameters(), True
        self._session.load(before)
        try:
            yield
        finally:
            self._session.load(before)

    def __call__(self, **batch: Array) -> dict[str, Any]:
        """Take a step; return loss and updated parameters, at first also gradients."""
        placed, found = self._session.place(batch), dict[str, Any]()
        if self._is_first:  # a snapshot resets the optimizer
            self._is_first = False
            before = self._session.parameters()
            found["gradient"] = dict(self._session.snapshot(placed).gradients)
            self._session.load(before)
        found["loss"] = self._session.read_loss(self._session.step(placed))
        found["updated"] = dict(self._session.parameters())
        return found
