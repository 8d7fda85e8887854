"""A sample of runs that are killed at random moments."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_killed_run_is_resumed():
    command = [sys.executable, "-m", "tests.faults.kills", "--count", "1"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 runs killed" in done.stdout
