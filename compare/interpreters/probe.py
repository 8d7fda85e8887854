"""Print what an interpreter has, as JSON.

It runs in that interpreter, which may be old. Its source is passed with ``-c``: nothing
of this project needs to be importable there.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from importlib import metadata


def list_distributions() -> dict[str, str]:
    """Return the version of every installed distribution, by its normalized name."""
    found: dict[str, str] = {}
    for each in metadata.distributions():
        name = (each.metadata["Name"] or "").lower().replace("_", "-")
        # The first one on the path is the one that is imported.
        found.setdefault(name, each.version)
    return found


def main(modules: list[str]) -> None:
    """Print the version of Python, the distributions, and which modules are found."""
    facts = {
        "version": ".".join(str(part) for part in sys.version_info[:3]),
        "number": list(sys.version_info[:2]),
        "executable": sys.executable,
        "modules": [m for m in modules if importlib.util.find_spec(m) is not None],
        "distributions": list_distributions(),
    }
    sys.stdout.write(json.dumps(facts))


if __name__ == "__main__":
    main(sys.argv[1:])
