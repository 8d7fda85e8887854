"""What may stand in a lesson's prose."""

from __future__ import annotations

import re

PLACEHOLDER = re.compile(r"\{\{.*?\}\}", re.DOTALL)
CODE = re.compile(r"`([^`]*)`")
NUMBER = re.compile(r"(?<![\w.])[-+]?\d[\d_,.]*(?:e[-+]?\d+)?", re.IGNORECASE)


def numbers_from_nowhere(prose: str, *, programs: str) -> list[str]:
    """Numbers that prose states and that come neither from results nor from code."""
    said = PLACEHOLDER.sub("", prose)
    quoted = [n for code in CODE.findall(said) for n in NUMBER.findall(code)]
    stated = NUMBER.findall(CODE.sub("", said))
    in_programs = {n.strip(".,") for n in NUMBER.findall(programs)}
    unknown = [n for n in quoted if n.strip(".,") not in in_programs]
    return [*stated, *unknown]
