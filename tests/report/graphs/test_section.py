"""The section on graphs: what is compared, drawn, listed and left out."""

from __future__ import annotations

import pytest

from compare.contract import CapturedGraph, GraphStage
from compare.errors import UsageError
from compare.graphs.attributes import TIMES
from compare.graphs.pictures import picture, sides
from compare.render.format import DASH, format_nanoseconds
from compare.report.graphs.page import render_graphs
from compare.report.graphs.section import build_graph_section
from tests.support.graph_pairs import known_pairs, mlp, optimized
from tests.support.loop_graph import LOOP
from tests.support.page import Page

HIDDEN = CapturedGraph(
    stage=GraphStage.OPTIMIZED, view="after XLA", reason="XLA returned no text."
)
LEFT, RIGHT = known_pairs()["dense network of two frameworks"]
TWO = {"torch/compile": [LEFT.graph()], "tf/function": [RIGHT.graph()]}


def section_of(variants, **more):
    return build_graph_section(variants, workload="mlp", ident="graphs", **more)


def cells(table):
    return [[value.text for value in row] for row in table.rows]


def test_two_variants_are_compared_with_each_other():
    found = section_of(TWO)
    assert [each.heading for each in found.pictures] == [
        "torch/compile, captured, and tf/function, captured"
    ]
    assert found.pictures[0].caption == (
        "Left: graph. Right: graph. 54 nodes matched; 4 left fused with 8 right; "
        "4 left and 0 right folded; "
        "0 only left; 0 only right."
    )


def test_one_variant_is_compared_before_and_after_its_optimizer():
    before, after = optimized()
    found = section_of({"torch/compile": [before.graph(), after.graph()]})
    assert [each.heading for each in found.pictures] == [
        "torch/compile, captured, and torch/compile, optimized"
    ]


def test_times_of_a_profile_are_next_to_the_nodes_of_their_kind():
    times = {"tf/function": {"matrix product": 5000.0, "sum": 7000.0, "fusion": 1.0}}
    found = section_of(TWO, times=times)
    (table,) = [
        each for each in found.tables if each.caption == "Nodes and time by kind"
    ]
    nodes = RIGHT.graph().nodes
    products = sum(node.common == "matrix product" for node in nodes)
    rows = {row[0]: row[1:] for row in cells(table)}
    assert list(rows) == ["sum", "matrix product", "fusion"]
    assert rows["matrix product"] == [str(products), format_nanoseconds(5000.0)]
    assert rows["fusion"] == [DASH, format_nanoseconds(1.0)]


def test_without_a_profile_no_times_are_shown():
    assert all("time" not in each.caption for each in section_of(TWO).tables)


def test_a_stage_that_is_hidden_is_a_row_with_its_reason():
    found = section_of({"tf/xla": [LEFT.graph("HLO"), HIDDEN]})
    assert cells(found.tables[0])[1][-1] == "XLA returned no text."
    assert len(found.pictures) == 1


def test_a_variant_without_any_graph_has_no_drawing():
    found = section_of({"tf/xla": [HIDDEN]})
    assert found.pictures == ()
    assert cells(found.tables[0])[0][0] == "tf/xla"


def test_a_stage_that_a_variant_lacks_is_refused_with_its_stages():
    with pytest.raises(
        UsageError,
        match=r"expected a stage that torch/compile has: "
        "captured; received optimized. Not shown: XLA returned",
    ):
        section_of(
            {"torch/compile": [LEFT.graph(), HIDDEN]}, stage=GraphStage.OPTIMIZED
        )


def test_counts_by_kind_add_up_to_the_nodes_of_both_graphs():
    rows = cells(section_of(TWO).tables[-1])
    numbers = [cell for row in rows for cell in row[1:]]
    split = [cell.split(" | ") for cell in numbers if cell != DASH]
    both = sum(int(a) + int(b) for a, b in (each for each in split if len(each) == 2))
    matched = sum(int(row[1]) for row in rows if row[1] != DASH)
    assert matched * 2 + both == len(LEFT.nodes) + len(RIGHT.nodes)


def test_a_graph_that_is_too_large_shows_its_largest_part(monkeypatch):
    monkeypatch.setattr(sides, "MAX_DRAWN", 20)
    found = section_of({"torch/compile": [LEFT.graph()]}).pictures[0]
    assert "its largest part is drawn, 20 of 62 nodes" in found.caption
    assert found.draw().content.count("<use") == 20
    assert len(found.listings[0].text.splitlines()) == 62


def test_every_node_is_drawn_and_links_to_a_partner_on_the_page():
    page = Page(render_graphs(TWO, workload="mlp"))
    nodes = [each for each in page.all("a") if "transform" in each]
    idents = {each["id"] for each in nodes}
    links = [each["href"][1:] for each in nodes if "href" in each]
    assert not page.unbalanced
    assert len(idents) == len(nodes) == 124
    assert len(links) == 2 * 54 + 4 + 8
    assert idents.issuperset(links)
    outlines = {each["id"] for each in page.all("path") if "id" in each}
    assert {each["href"][1:] for each in page.all("use")} <= outlines


def test_identifiers_of_the_page_are_unique():
    before, after = optimized()
    page = Page(
        render_graphs(
            {"a/b": [before.graph(), after.graph()], "c/d": [LOOP]}, workload="mlp"
        )
    )
    idents = [each["id"] for each in page.elements if "id" in each]
    assert len({*idents}) == len(idents)


def test_texts_of_a_graph_are_escaped():
    html = render_graphs({"a/<b>": [LOOP]}, workload="<script>")
    assert "<script>" not in html
    assert "<b>" not in html


def test_lists_name_inputs_partners_source_and_region():
    found = section_of({"tf/function": [LOOP]}).pictures[0]
    lines = found.listings[0].text.splitlines()
    assert lines[0] == f"   1 input 2{TIMES}?"
    assert lines[2] == "   3 add net.py:3 ← 1,1 (in 2)"
    pair = section_of(TWO).pictures[0].listings
    assert "[fused 1" in pair[0].text
    assert "[matched " in pair[1].text


def test_colour_is_never_the_only_difference():
    found = section_of(TWO).pictures[0]
    keys = [str(key) for key, _ in found.legend]
    outlines = [key.partition(' d="')[2] for key in keys]
    assert len({*outlines}) == len(keys) == 3


def test_a_page_with_two_thousand_nodes_is_at_most_a_megabyte_larger():
    widths = (64,) * 67
    left, right = mlp(widths), mlp(widths, after_layer=40)
    assert len(left.nodes) + len(right.nodes) >= 1900
    small = render_graphs({"a/b": [LOOP]}, workload="mlp")
    large = render_graphs({"a/b": [left.graph()], "c/d": [right.graph()]}, workload="m")
    assert len(large.encode()) - len(small.encode()) <= 1e6


def test_without_the_layout_library_there_is_a_note_and_the_list(monkeypatch):
    monkeypatch.setattr(picture, "LAYOUT_IS_INSTALLED", False)
    html = render_graphs({"a/b": [LOOP]}, workload="mlp")
    assert "pip install &#39;graph-compare[graphs]&#39;" in html
    assert "List: a/b, captured" in html
    assert "<use" not in html
