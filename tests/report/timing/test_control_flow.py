"""Each row of a dynamic workload states where its loops and branches ran."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compare.contract import Idiom
from compare.render.format import DASH
from compare.report.timing.cost_tables import tabulate_graphs
from compare.report.timing.verdict_tables import tabulate_verdicts
from compare.results.joining import group_cells

TITLE = "loops and branches"


@pytest.fixture
def group(ordinary):
    """The cells of one workload; one of them captured two kinds of graphs."""
    found = group_cells(ordinary.run)[1]
    idioms = {
        "torch/eager": [Idiom.IN_PYTHON],
        "tf/function": [Idiom.UNROLLED, Idiom.LOOP],
    }
    for line in found.lines:
        line.cell.control_flow = idioms.get(line.variant, [])
    return replace(found, is_dynamic=True, padding="bucket")


def column_of(table):
    """Return the text of the column by variant; empty if the table has none."""
    titles = [column.title for column in table.columns]
    if TITLE not in titles:
        return {}
    return {row[0].text: row[titles.index(TITLE)].text for row in table.rows}


def test_every_graph_of_a_variant_is_stated(group):
    for table in (tabulate_verdicts(group), tabulate_graphs(group, starts=())):
        found = column_of(table)
        assert found["torch/eager"] == "in Python"
        assert found["tf/function"] == "unrolled into the graph, loop in the graph"
        assert found["tf/xla"] == DASH


def test_the_verdicts_of_a_static_workload_do_not_state_it(group):
    assert not column_of(tabulate_verdicts(replace(group, is_dynamic=False)))


@pytest.mark.parametrize(
    ("padding", "sentence"),
    [
        ("none", "Batches are not padded"),
        ("longest", "All batches are padded to the longest sequence"),
        ("bucket", "Each batch is padded to the next power of two"),
    ],
)
def test_the_padding_of_batches_is_in_the_note(group, padding, sentence):
    table = tabulate_verdicts(replace(group, padding=padding))
    assert sentence in table.note


def test_a_workload_that_cannot_be_padded_has_no_such_note(group):
    assert "padded" not in tabulate_verdicts(replace(group, padding="")).note
