"""The result of ``doctor``: what is installed, and what is missing."""

from __future__ import annotations

import msgspec


class CheckedSubject(msgspec.Struct, frozen=True, kw_only=True):
    """The state of one subject; ``fix`` is empty if there is no problem."""

    subject: str
    state: str
    fix: str
    is_ok: bool


class DoctorDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What is installed, and what is missing.

    Attributes:
        warnings: the number of checks that have a problem.
    """

    checks: list[CheckedSubject]
    warnings: int
