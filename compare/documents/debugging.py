"""The result of ``debugging``: how each mode shows mistakes, and what helps."""

from __future__ import annotations

import msgspec

from compare.debugging.remedies import RemedyCase
from compare.debugging.words import Case


class DebuggingDocument(msgspec.Struct, frozen=True, kw_only=True):
    """How each mode shows mistakes, or what helps to find them.

    Attributes:
        cases: every mistake in every mode; empty with ``--remedies``.
        remedies: empty without ``--remedies``.
    """

    cases: list[Case] = []
    remedies: list[RemedyCase] = []
