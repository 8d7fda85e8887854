"""The names that lessons link to exist in the frameworks that are installed."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from compare.frameworks import frameworks
from compare.study.ladder import names
from compare.study.lesson import find

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


def apis_of(framework):
    """Every name linked to, by the module's own name: ``tf.x`` is ``tensorflow.x``."""
    module = frameworks()[framework].module
    linked = [api for name in names() for api in find(name).lesson.apis[framework]]
    return sorted({module + "." + api.partition(".")[2] for api in linked})


@pytest.mark.parametrize(
    "framework",
    [
        pytest.param("torch", marks=pytest.mark.torch),
        pytest.param("tf", marks=pytest.mark.tf),
    ],
)
def test_every_linked_name_exists(framework):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", UNRESOLVED],
        input=json.dumps(apis_of(framework)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == []
