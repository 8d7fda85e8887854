"""A sample of runs that are killed at random moments."""

from __future__ import annotations

from tests.support.commands import run_module
from tests.support.long import long_test


@long_test
def test_a_killed_run_is_resumed():
    printed = run_module("tests.faults.kills", "--count", "1")
    assert "1 runs killed" in printed
