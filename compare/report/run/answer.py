"""A question of a report, and its answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One question of the report and its answer, usually one sentence per workload."""

    question: str
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        """The answer on one line."""
        return " ".join(self.sentences)
