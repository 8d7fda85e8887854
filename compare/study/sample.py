"""Figures of the sample run, which the prose of a lesson may quote."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

FILE = Path(__file__).with_name("sample.toml")


class SampleFigures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Step times of two captured training steps, and what a first call takes.

    Attributes:
        machine: the processor of the run.
        first_call_s: the first call of a compiled training step, in seconds.
        two_layer: variant -> step time, relative to the framework's eager mode.
    """

    machine: str
    first_call_s: float
    two_layer: dict[str, float]


@cache
def load_sample() -> SampleFigures:
    """Return the figures."""
    return msgspec.toml.decode(FILE.read_bytes(), type=SampleFigures)
