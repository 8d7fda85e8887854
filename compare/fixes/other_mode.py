"""Recaptures for changing sizes: another mode is the fix."""

from __future__ import annotations

from compare.contract import BreakKind

# variant -> the variant whose graph has variable sizes
RELAXED_MODES = {
    "torch/compile": "torch/compile-dynamic",
    "torch/compile-step": "torch/compile-dynamic",
    "tf/function": "tf/function-relaxed",
}


def find_other_mode(variant: str, *, kind: BreakKind) -> str:
    """Return the variant that captures once for all sizes; empty if there is none."""
    return RELAXED_MODES.get(variant, "") if kind is BreakKind.RETRACE else ""
