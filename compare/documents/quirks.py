"""The result of ``quirks``: the catalogue, and what was measured of it."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

import msgspec

from compare.agreement.parity import DIFFERENT, pair_results
from compare.quirks.entry import Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from compare.agreement.parity import CatalogueRun, Pair
    from compare.quirks import QuirkEntry


class QuirkFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One difference between the frameworks.

    Attributes:
        part: of the training step that it changes.
        spellings: name -> description, for both spellings.
        defaults: framework -> the spelling that it uses by default.
        other_defaults: framework -> its default, if that is neither spelling.
    """

    name: str
    title: str
    topic: str
    part: Part
    spellings: dict[str, str]
    defaults: dict[str, str]
    other_defaults: dict[str, str]


class MeasuredPair(msgspec.Struct, frozen=True, kw_only=True):
    """Two spellings in two frameworks, compared on this machine in float64.

    Attributes:
        quantity: the compared tensor.
        relative: the largest difference, relative to the largest magnitude; null if a
            spelling did not run.
        values: both values at the element with the largest difference.
        differs: by more than rounding; null if a spelling did not run.
        reason: why a spelling did not run.
    """

    quirk: str
    framework: str
    spelling: str
    other_framework: str
    other_spelling: str
    quantity: str
    relative: float
    values: tuple[float, float]
    differs: bool | None
    reason: str


class QuirksDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The catalogue of quirks, or one of them.

    Attributes:
        measured: empty if nothing was run.
        versions: package -> version that was measured.
    """

    quirks: list[QuirkFacts]
    measured: list[MeasuredPair] = []
    versions: dict[str, str] = {}


def describe_quirks(
    entries: Sequence[QuirkEntry], found: CatalogueRun | None = None
) -> QuirksDocument:
    """Return quirks as a document, with what was measured of them."""
    quirks = [_describe_quirk(entry) for entry in entries]
    if found is None:
        return QuirksDocument(quirks=quirks)
    measured = [
        _describe_pair(entry, pair)
        for entry in entries
        for pair in _pair_all(entry, found)
    ]
    return QuirksDocument(
        quirks=quirks, measured=measured, versions=dict(found.versions)
    )


def _describe_quirk(entry: QuirkEntry) -> QuirkFacts:
    quirk = entry.quirk
    return QuirkFacts(
        name=entry.name,
        title=entry.title,
        topic=quirk.topic,
        part=quirk.part,
        spellings={name: entry.describe(name) for name in entry.spellings},
        defaults=dict(quirk.defaults),
        other_defaults=dict(quirk.other_defaults),
    )


def _pair_all(entry: QuirkEntry, found: CatalogueRun) -> Iterable[Pair]:
    results = found.results[entry.name]
    return pair_results(entry, results) if results else ()


def _describe_pair(entry: QuirkEntry, pair: Pair) -> MeasuredPair:
    has_run = not isnan(pair.relative)
    return MeasuredPair(
        quirk=entry.name,
        framework=pair.one.framework,
        spelling=pair.one.spelling,
        other_framework=pair.other.framework,
        other_spelling=pair.other.spelling,
        quantity=pair.quantity,
        relative=pair.relative,
        values=pair.values,
        differs=pair.relative > DIFFERENT if has_run else None,
        reason=pair.one.reason or pair.other.reason,
    )
