"""The same graphs give the same drawing in every process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("igraph")

ROOT = Path(__file__).parents[3]
DRAW = """
import random
from compare.contract import CapturedGraph, GraphNode, GraphStage
from compare.graphs.normal import normalize
from compare.graphs.pictures.picture import picture_pair
from compare.graphs.pictures.sides import Shown, pair_shown

KINDS = ("add", "multiply", "matrix product", "relu", "sum")

def shown(seed):
    chance = random.Random(seed)
    nodes = [
        GraphNode(
            name=f"node_{number}",
            operation=(kind := chance.choice(KINDS)),
            common=kind,
            inputs=tuple(
                dict.fromkeys(f"node_{chance.randrange(number)}" for _ in range(2))
            )
            if number
            else (),
            shape=(4, 4),
        )
        for number in range(60)
    ]
    graph = CapturedGraph(stage=GraphStage.CAPTURED, view="any", nodes=tuple(nodes))
    return Shown(variant=str(seed), stage=graph.stage, graph=normalize(graph))

print(picture_pair(pair_shown(shown(1), shown(2)), ident="p").draw().content)
"""


def draw(seed):
    """Return the drawing of two graphs by a process with its own order of sets."""
    return subprocess.run(
        [sys.executable, "-c", DRAW],
        env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def test_a_drawing_does_not_depend_on_the_order_of_sets():
    first = draw(1)
    assert first.count("<a id=") == 120
    assert draw(2) == first
    assert draw(3) == first
