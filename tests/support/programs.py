"""The programs of lessons, as parameters of tests that run them."""

from __future__ import annotations

import pytest

from compare.frameworks import frameworks
from compare.study.program import source_of


def each(lessons):
    """Every framework's program of these lessons; skipped where it is missing."""
    return pytest.mark.parametrize(
        ("name", "framework"),
        [
            pytest.param(name, framework, marks=getattr(pytest.mark, framework))
            for name in lessons
            for framework in frameworks()
            if source_of(name, framework=framework)
        ],
    )
