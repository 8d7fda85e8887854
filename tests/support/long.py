"""Tests that take long: ``make test`` runs a part of them, ``make long`` runs all.

A test is called long if a cheaper one covers the same code: a change that breaks it
rarely leaves ``make test`` green.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

Case = TypeVar("Case")

RUNS_LONG = os.environ.get("LONG") == "1"

long_test = pytest.mark.skipif(not RUNS_LONG, reason="takes long; run: make long")


def part_of(cases: Sequence[Case], *, every: int) -> Sequence[Case]:
    """Return one case in `every`, starting with the first, or all for ``make long``."""
    return cases if RUNS_LONG else cases[::every]
