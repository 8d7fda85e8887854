"""The card of a model as text, and as HTML for a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.report.run.answer import Answer


def answers_text(answers: Sequence[Answer]) -> str:
    """Return questions and answers as lines of text."""
    lines = []
    for answer in answers:
        lines.append(answer.question)
        lines += [f"- {sentence}" for sentence in answer.sentences]
    return "\n".join(lines)


def answers_html(answers: Sequence[Answer]) -> str:
    """Return questions and answers as a list of definitions."""
    parts = []
    for answer in answers:
        parts.append(f"<dt><b>{escape(answer.question)}</b></dt>")
        parts += [f"<dd>{escape(sentence)}</dd>" for sentence in answer.sentences]
    return f"<dl>{''.join(parts)}</dl>"
