"""The data types of a catalogue module.

A quirk is a module ``compare/quirks/catalogue/NAME.py`` with these parts:

- The first line of its docstring is the title; the rest is the explanation.
- ``QUIRK`` holds the topic, the part of the training step, and the defaults.
- ``problem`` draws a small training problem that shows the difference.
- Two public functions are the spellings in NumPy. The docstring of each is a one-line
  description.

An implementation package has two functions of the same names in ``quirks/NAME.py``.
They implement the spellings in its framework. A package without this file lacks the
quirk: its framework has no function that the quirk is about.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from compare.contract import Array, Arrays


class Part(StrEnum):
    """The part of a training step that a quirk changes."""

    LAYER = "layer"
    LOSS = "loss"
    OPTIMIZER = "optimizer"


@dataclass(frozen=True, kw_only=True)
class Quirk:
    """Classification of a quirk.

    Args:
        topic: heading under which the quirk is listed.
        part: the part of the training step that has two spellings.
        defaults: framework -> spelling that its own function uses by default. If the
            framework has several such functions, the one named in the explanation.
        other_defaults: framework -> what its function does by default, if that is
            neither spelling.
        impossible: framework -> {spelling: why the framework cannot implement it}.
    """

    topic: str
    part: Part
    defaults: Mapping[str, str]
    other_defaults: Mapping[str, str] = field(default_factory=dict)
    impossible: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A small training problem, in float64 and canonical layout.

    Args:
        inputs: batch on the first axis. Integer inputs are passed on without scaling.
        parameters: of the layer that has two spellings. For a loss or an optimizer, of
            one dense layer: ``weight`` (inputs, outputs) and ``bias`` (outputs,).
        targets: compared with the outputs by the loss; drawn at random if omitted.
    """

    inputs: Array
    parameters: Arrays
    targets: Array | None = None
