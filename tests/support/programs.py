"""The programs of lessons, as parameters of tests that run them."""

from __future__ import annotations

import pytest

from compare.frameworks import frameworks_with
from compare.study.program import read_program


def parametrize_programs(lessons):
    """Parametrize a test with every framework's program of these lessons.

    Programs of frameworks that are not installed are skipped.
    """
    return pytest.mark.parametrize(
        ("name", "framework"),
        [
            pytest.param(name, framework, marks=getattr(pytest.mark, framework))
            for name in lessons
            for framework in frameworks_with("lessons")
            if read_program(name, framework=framework)
        ],
    )
