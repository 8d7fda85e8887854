"""The names that lessons link to exist in the installed frameworks."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from compare.frameworks import frameworks_with
from compare.study.ladder import lesson_names
from compare.study.lesson import load_lesson
from tests.support.long import long_test

UNRESOLVED = """
import json, sys
from pkgutil import resolve_name

def resolves(name):
    try:
        resolve_name(name)
    except (AttributeError, ImportError):
        return False
    return True

print(json.dumps([name for name in json.load(sys.stdin) if not resolves(name)]))
"""


def linked_names(framework):
    """Return every linked name with the full module name: ``tensorflow.x``."""
    module = frameworks_with("lessons")[framework].module
    linked = [
        api
        for name in lesson_names()
        for api in load_lesson(name).lesson.apis.get(framework, ())
    ]
    # TensorFlow's own documentation uses the short name of its module.
    prefix = f"{framework}."
    return sorted({api.replace(prefix, f"{module}.", 1) for api in linked})


@pytest.mark.parametrize(
    "framework",
    [
        pytest.param("torch", marks=pytest.mark.torch),
        pytest.param("tf", marks=pytest.mark.tf),
        pytest.param("jax", marks=pytest.mark.jax),
    ],
)
@long_test
def test_every_linked_name_exists(framework):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", UNRESOLVED],
        input=json.dumps(linked_names(framework)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == []
