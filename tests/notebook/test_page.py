"""A comparison as HTML and as text."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from compare.notebook import page, text
from compare.notebook.page import render_comparison
from compare.notebook.text import describe_comparison
from tests.notebook.samples import (
    EQUAL,
    NOT_TIMED,
    OTHER_SHAPE,
    ROUNDED,
    WRONG,
    make_comparison,
)
from tests.support.browsing import set_width

HOSTILE = "<script>alert(1)</script>"
MIN_CONTRAST = 4.5


class Reader(HTMLParser):
    """Collects the tags, attributes and text of a page."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


def test_the_first_difference_is_shown_with_its_place_and_values():
    shown = Reader(render_comparison(make_comparison(EQUAL, WRONG))).text
    assert "one and other disagree in float64" in shown
    expected = (
        "First difference, in float64: gradient of weight at [1, 2]: 0.500 in one, "
        "0.750 in other; 2 of 6 elements differ by more than rounding"
    )
    assert expected in shown
    assert "In float32: not run: no float32" in shown
    assert "line 4 of the cell: graph break: a branch" in shown


def test_a_page_has_headings_of_rows_and_columns_and_no_script():
    html = render_comparison(make_comparison(EQUAL, WRONG, ROUNDED, times=NOT_TIMED))
    found = Reader(html)
    assert found.attributes.count(("scope", "col")) == 5
    assert found.attributes.count(("scope", "row")) == 3
    assert "script" not in found.tags
    assert "link" not in found.tags
    assert not [v for k, v in found.attributes if k in ("src", "href")]
    assert "Time: not run: the time budget is 0 seconds" in found.text


def test_names_and_reasons_are_escaped():
    html = render_comparison(make_comparison(WRONG, b=HOSTILE))
    found = Reader(html)
    assert "script" not in found.tags
    assert "b" not in [t for t in found.tags if t == "b"][1:], "only the word Time"
    assert HOSTILE in found.text
    assert "a branch depends on <b>a value</b>" in found.text


def test_control_characters_are_shown_as_escapes():
    facts = make_comparison(WRONG, b="other\x1b[31m\u202e")
    assert "\x1b" not in describe_comparison(facts) + render_comparison(facts)
    assert r"other\x1b[31m" in describe_comparison(facts)


def test_a_verdict_is_a_word_and_not_only_a_mark():
    shown = Reader(render_comparison(make_comparison(EQUAL, WRONG))).text
    assert "\N{CHECK MARK} agrees" in shown
    assert "\N{BALLOT X} disagrees" in shown


@pytest.mark.charts
def test_pages_of_one_notebook_share_no_identifier():
    html = render_comparison(make_comparison(ROUNDED))
    assert "<svg" in html
    assert not [v for k, v in Reader(html).attributes if k == "id"]


def test_without_the_extra_the_page_has_a_reason(monkeypatch):
    monkeypatch.setattr(page, "CHARTS_ARE_INSTALLED", False)
    html = render_comparison(make_comparison(ROUNDED))
    expected = "No chart: Charts need: pip install 'graph-compare[charts]'"
    assert expected in Reader(html).text


def test_of_many_tensors_those_that_disagree_are_listed_first():
    facts = make_comparison(*[ROUNDED] * 30, WRONG)
    shown = describe_comparison(facts)
    lines = [each for each in shown.splitlines() if each.startswith("  gradient of ")]
    assert len(lines) == text.MAX_TENSORS
    assert lines[0].startswith("  gradient of weight: disagrees")
    assert "11 more tensors: see .frame" in shown


def test_another_shape_is_the_reason():
    shown = describe_comparison(make_comparison(OTHER_SHAPE))
    assert "in float64: output aux: shape (3,) in a, () in b" in shown


def relative_luminance(colour):
    """Return the luminance of ``rgb(r, g, b)``, as WCAG defines it."""
    values = [int(n) / 255 for n in colour.strip("rgba()").split(",")[:3]]
    linear = [
        v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.browser
@pytest.mark.parametrize(("paper", "ink"), [("#fff", "#111"), ("#111", "#ddd")])
def test_all_text_is_legible_in_light_and_dark_notebooks(browser, tmp_path, paper, ink):
    html = render_comparison(make_comparison(EQUAL, WRONG, ROUNDED))
    file = tmp_path / "notebook.html"
    style = f"background: {paper}; color: {ink}"
    file.write_text(f'<meta charset="utf-8"><body style="{style}">{html}', "utf-8")
    set_width(browser, 1000)
    browser.get(file.as_uri())
    colours = browser.execute_script(
        "return [...document.querySelectorAll('.graph-compare *')]"
        ".filter(e => e.tagName != 'STYLE' && [...e.childNodes].some("
        "n => n.nodeType == Node.TEXT_NODE && n.textContent.trim()))"
        ".map(e => getComputedStyle(e)[e.closest('svg') ? 'fill' : 'color'])"
    )
    papers = browser.execute_script(
        "return [...document.querySelectorAll('.graph-compare *')]"
        ".map(e => getComputedStyle(e).backgroundColor)"
    )
    assert set(papers) == {"rgba(0, 0, 0, 0)"}, "the background of the notebook"
    background = browser.execute_script(
        "return getComputedStyle(document.body).backgroundColor"
    )
    assert colours
    for colour in set(colours):
        light, dark = sorted(map(relative_luminance, (colour, background)))[::-1]
        assert (light + 0.05) / (dark + 0.05) >= MIN_CONTRAST, colour
