"""Read what `checking.py` found: which checks of a mode raise an alarm."""

from __future__ import annotations

DIFFERS = "differs"


def list_alarms(row):
    """Return the checks that a mode of a model does not pass."""
    if row.get("error") or row.get("not_run"):
        return []
    found = [dtype for dtype in ("float64", "float32") if not row[dtype]]
    if not row["captured_as_declared"]:
        found.append("capture")
    if row["wrong_sizes"]:
        found.append("other sizes")
    return found


def is_gradient_wrong(row):
    """Return whether the gradient is not the derivative of the loss, in every mode."""
    return row.get("gradient", "").startswith(DIFFERS)


def find_detection(defect, rows):
    """Return which checks detect a defect: in its own mode, or by the gradient."""
    own = next((r for r in rows if r["mode"] == defect.mode), None)
    if own is None:
        return []
    found = list_alarms(own)
    if defect.model == "CustomGradient" and is_gradient_wrong(own):
        found.append("gradient")
    return found


def name_first(defect, rows):
    """Return the first layer that the check of a defect's mode names."""
    own = next((r for r in rows if r["mode"] == defect.mode), {})
    if defect.model == "CustomGradient":
        return own.get("wrong_gradient", "").rpartition(".")[0]
    return own.get("first", "")
