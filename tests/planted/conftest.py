"""Print a summary of the planted defects at the end of a test run."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import cases as planted


def pytest_terminal_summary(terminalreporter, config):
    """Print how many defects were caught, and name those below rounding."""
    if found := config.stash.get(planted.OUTCOMES, None):
        terminalreporter.section("planted defects")
        for line in planted.summarize(found):
            terminalreporter.write_line(line)
