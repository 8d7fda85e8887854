"""A session of the contract as a side of a comparison: one training step of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Callable

    from compare.contract import Batch, Session

METHODS = ("place", "snapshot", "load", "parameters")


def is_session(value: object) -> TypeGuard[Session]:
    """Return whether a value is a `compare.contract.Session`."""
    return all(callable(getattr(value, name, None)) for name in METHODS)


def make_step(session: Session) -> Callable[[Batch], dict[str, Any]]:
    """Return a function of a batch: loss, gradients and updated parameters, by name.

    The session's parameters are the same afterwards.
    """

    def take_step(batch: Batch) -> dict[str, Any]:
        before = session.parameters()
        found = session.snapshot(session.place(batch))
        session.load(before)
        return {
            "loss": found.loss,
            "gradient": dict(found.gradients),
            "updated": dict(found.parameters),
        }

    return take_step
