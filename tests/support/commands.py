"""Commands of the project's own test tools, run as a developer runs them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[2]


def choose_variants(variants: Iterable[str]) -> list[str]:
    """Return the options of a command for some variants."""
    return [word for variant in variants for word in ("-v", variant)]


def run_module(*command: str) -> str:
    """Run ``python -m COMMAND``, which must succeed; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
