"""Drawings of graphs in a browser: without scripts, in both themes, fast."""

from __future__ import annotations

from time import perf_counter
from urllib.parse import urlsplit

import pytest

from compare.report.graphs.page import render_graphs
from tests.support.browsing import requested, set_scheme, set_width
from tests.support.graph_pairs import known_pairs, mlp

pytestmark = pytest.mark.browser

WIDTH = "return document.querySelector('.view svg').getBoundingClientRect().width"
STROKE = "return getComputedStyle(document.querySelector('.view use')).stroke"
CHOOSE = "document.querySelector(`.graph [value='${arguments[0]}']`).click()"
VISIBLE = """
const box = document.querySelector('.view').getBoundingClientRect();
return [...document.querySelectorAll('.view a')].filter(each => {
    const own = each.getBoundingClientRect();
    return own.width && own.right > box.left && own.left < box.right
        && own.bottom > box.top && own.top < box.bottom;
}).length;
"""


def write_page(folder, left, right):
    path = folder / "graphs.html"
    variants = {"torch/compile": [left.graph()], "tf/function": [right.graph()]}
    path.write_text(render_graphs(variants, workload="mlp"), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def opened(browser, tmp_path_factory):
    """A page with two small graphs."""
    pair = known_pairs()["dense network of two frameworks"]
    address = write_page(tmp_path_factory.mktemp("page"), *pair)
    set_width(browser, 1280)
    browser.get(address)
    return browser


def test_nothing_is_loaded_and_nothing_is_logged(opened):
    schemes = {urlsplit(url).scheme for url in requested(opened)}
    assert schemes <= {"file", "data"}
    assert opened.get_log("browser") == []


def test_the_size_is_chosen_without_a_script(opened):
    assert opened.execute_script("return document.scripts.length") == 0
    full = opened.execute_script(WIDTH)
    opened.execute_script(CHOOSE, "50")
    assert opened.execute_script(WIDTH) == pytest.approx(full / 2)
    opened.execute_script(CHOOSE, "200")
    assert opened.execute_script(WIDTH) == pytest.approx(full * 2)
    opened.execute_script(CHOOSE, "fit")
    assert opened.execute_script(VISIBLE) == 124


def test_outlines_follow_the_theme(opened):
    set_scheme(opened, "light")
    light = opened.execute_script(STROKE)
    set_scheme(opened, "dark")
    assert opened.execute_script(STROKE) != light


def test_a_link_scrolls_to_the_partner_and_emphasizes_it(opened):
    opened.execute_script(CHOOSE, "100")
    link = "document.querySelector('.view a[href]')"
    opened.execute_script(f"location.hash = {link}.getAttribute('href')")
    width = "return getComputedStyle(document.querySelector(':target use')).strokeWidth"
    assert opened.execute_script(width) == "5px"


@pytest.mark.parametrize("width", [375, 1280])
def test_the_page_never_scrolls_sideways(opened, width):
    set_width(opened, width)
    page = "return document.documentElement.scrollWidth"
    assert opened.execute_script(page) <= width


def test_two_thousand_nodes_are_shown_within_a_second(browser, tmp_path):
    widths = (64,) * 67
    address = write_page(tmp_path, mlp(widths), mlp(widths, after_layer=40))
    browser.get("about:blank")
    started = perf_counter()
    browser.get(address)
    shown = browser.execute_script(VISIBLE)
    assert perf_counter() - started < 1
    assert shown > 10
