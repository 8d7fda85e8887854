"""A sample of the points at which a call of a run fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_run_with_a_failing_call_is_resumed():
    command = [sys.executable, "-m", "tests.faults.nth_call", "--every", "360"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert ": 0 with findings" in done.stdout
