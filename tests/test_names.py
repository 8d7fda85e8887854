"""No public name of the harness has two meanings."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

COMPARE = Path(__file__).parents[1] / "compare"
# One module per entry, each with the same names on purpose.
ENTRIES = {
    COMPARE / "study" / "lessons",
    COMPARE / "quirks" / "catalogue",
    COMPARE / "scaffold" / "templates",
}

# A name that several modules define, and why its meaning is the same.
SAME_MEANING: dict[str, str] = {
    "main": "the entry point of a program: of the command line, of a worker",
    "load_run": "compare.load_run passes on compare.runs.folder.load_run",
    "run": "compare.run passes on compare.api.run; the command does the same",
    "check": "compare.check passes on compare.api.check; the command does the same",
}


def public_definitions() -> dict[str, list[str]]:
    """Return name -> the modules that define a public function or class of it."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(COMPARE.rglob("*.py")):
        if path.parent in ENTRIES:
            continue
        for node in ast.parse(path.read_text()).body:
            is_definition = isinstance(node, ast.FunctionDef | ast.ClassDef)
            if is_definition and not node.name.startswith("_"):
                found[node.name].append(str(path.relative_to(COMPARE)))
    return found


def test_no_public_name_is_defined_twice_with_different_meanings():
    several = {
        name: modules
        for name, modules in public_definitions().items()
        if len(modules) > 1 and name not in SAME_MEANING
    }
    assert not several, (
        f"{several}: rename one of each, or explain in SAME_MEANING why the meaning "
        "is the same"
    )


def test_every_explained_name_is_still_defined_several_times():
    found = public_definitions()
    assert [name for name in SAME_MEANING if len(found[name]) < 2] == []
