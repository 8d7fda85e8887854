"""Charts that end the converter, take too long, or cannot be drawn."""

from __future__ import annotations

import pytest

from compare.render.charts import MAX_FAILURES, NOT_TRIED, Chart, draw_charts

# Replaces the converter: what it does depends on the title of the chart.
CONVERTER = """
import os, resource, time
def vegalite_to_svg(spec, **options):
    title = spec["title"]
    if title == "abort":
        os.abort()
    if title == "exit":
        os._exit(133)
    if title == "hang":
        time.sleep(600)
    if title == "invalid":
        raise ValueError("no\\n  mark")
    return f"<svg>{title} {os.getpid()}</svg>"
"""
SPEC = {
    "data": {"values": [{"a": "x\x1by", "b": 1}]},
    "mark": "bar",
    "encoding": {
        "x": {"field": "a", "type": "nominal"},
        "y": {"field": "b", "type": "quantitative"},
    },
}


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """Draw charts with the converter of these tests."""
    (tmp_path / "vl_convert.py").write_text(CONVERTER)
    (tmp_path / "altair.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def draw(*titles, **limits):
        charts = [Chart(spec={"title": title}, ident="x") for title in titles]
        return draw_charts(charts, **limits)

    return draw


def test_one_process_draws_all_charts(drawn):
    charts = drawn("a", "b", "c")
    words = [each.svg.removesuffix("</svg>").split() for each in charts]
    assert [title for title, _ in words] == ["<svg>a", "<svg>b", "<svg>c"]
    assert len({process for _, process in words}) == 1


@pytest.mark.parametrize(
    ("title", "reason"), [("abort", "SIGABRT"), ("exit", "exit code 133")]
)
def test_a_chart_that_ends_the_process_costs_only_itself(drawn, title, reason):
    before, ended, after = drawn("a", title, "b")
    assert (before.reason, after.reason) == ("", "")
    assert after.svg.startswith("<svg>b")
    assert ended.svg == ""
    assert reason in ended.reason


def test_a_chart_that_hangs_costs_only_itself(drawn):
    hanging, after = drawn("hang", "a", time_limit_s=2)
    assert hanging.reason == "it took longer than 2 s to draw"
    assert after.svg


def test_a_chart_that_is_refused_costs_only_itself(drawn):
    refused, after = drawn("invalid", "a")
    assert refused.reason == "ValueError: no mark"
    assert after.svg


def test_after_some_failures_in_succession_no_chart_is_tried(drawn):
    charts = drawn(*["abort"] * MAX_FAILURES, "a")
    assert charts[-1].reason == NOT_TRIED
    assert [each.svg for each in charts] == [""] * (MAX_FAILURES + 1)


def test_failures_that_are_not_in_succession_do_not_end_the_drawing(drawn):
    titles = ["abort", "a"] * MAX_FAILURES + ["b"]
    assert drawn(*titles)[-1].svg.startswith("<svg>b")


def test_a_process_that_cannot_start_costs_the_charts(drawn, monkeypatch):
    monkeypatch.setattr("sys.executable", "/no/such/program")
    (missing,) = drawn("a")
    assert missing.reason == "no process could be started: No such file or directory"


def test_the_converter_draws_a_text_with_a_control_character():
    (chart,) = draw_charts([Chart(spec=SPEC, ident="x")])
    assert r"x\x1by" in chart.svg
