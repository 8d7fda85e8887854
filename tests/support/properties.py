"""Run every public function of a module as a property, in a process of its own."""

from __future__ import annotations

import inspect
import traceback


def check_properties(names):
    """Return the failure of each property of a module; empty where it holds."""
    found = {}
    for name, check in list(names.items()):
        is_own = inspect.isfunction(check) and check.__module__ == names["__name__"]
        if is_own and name[0] != "_":
            try:
                found[name] = check() or ""
            except Exception:  # noqa: BLE001 - the test reports it
                found[name] = traceback.format_exc()
    return found


def describe_missing_error(kind, run, *parts):
    """Return what is missing if a call does not raise an error with these parts."""
    try:
        run()
    except kind as error:
        missing = [part for part in parts if part not in str(error)]
        return f"{missing} not in {error}" if missing else ""
    return f"expected {kind.__name__}"
