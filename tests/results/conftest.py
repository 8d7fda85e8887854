"""A run whose results are joined."""

from __future__ import annotations

import pytest

from tests.support.synthetic import Synthetic, synthetic


@pytest.fixture
def made() -> Synthetic:
    """Return a run without a failure, for a test to change."""
    return synthetic()
