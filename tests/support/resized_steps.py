"""Print the breaks of a planted model on batches of two sizes, as JSON.

python -m tests.support.resized_steps FRAMEWORK/NAME
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from typing import Any

from tests.support.finding import find_planted
from tests.support.planted import FOLDER, read_planted


def find_in_process(name: str) -> list[dict[str, Any]]:
    """Return the breaks of ``FRAMEWORK/NAME``, found in a process of its own."""
    command = [sys.executable, "-m", "tests.support.resized_steps", name]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=200
    )
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Print one line of JSON after whatever the framework prints."""
    planted = read_planted(FOLDER / f"{sys.argv[1]}.py")
    outcome = find_planted(planted, sizes=(4, 4, 2))
    print(json.dumps([asdict(each) for each in outcome.found]))


if __name__ == "__main__":
    main()
