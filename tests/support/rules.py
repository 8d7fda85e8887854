"""A rule for the prose of lessons: where its numbers come from."""

from __future__ import annotations

import re

PLACEHOLDER = re.compile(r"\{\{.*?\}\}", re.DOTALL)
CODE = re.compile(r"`([^`]*)`")
NUMBER = re.compile(r"(?<![\w.])[-+]?\d[\d_,.]*(?:e[-+]?\d+)?", re.IGNORECASE)


def find_unsourced_numbers(prose: str, *, programs: str) -> list[str]:
    """Return numbers in prose that come neither from results nor from the programs.

    A number outside code is always unsourced; a number inside code is unsourced if the
    programs do not contain it.
    """
    written = PLACEHOLDER.sub("", prose)
    quoted = [n for code in CODE.findall(written) for n in NUMBER.findall(code)]
    stated = NUMBER.findall(CODE.sub("", written))
    in_programs = {n.strip(".,") for n in NUMBER.findall(programs)}
    unknown = [n for n in quoted if n.strip(".,") not in in_programs]
    return [*stated, *unknown]
