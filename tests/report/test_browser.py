"""The page in a browser: nothing is loaded, missing or logged."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.support.browsing import requested, set_scheme, set_width

pytestmark = pytest.mark.browser

VISIBLE = """
return [...document.querySelectorAll(arguments[0])].map(each => {
    const box = each.getBoundingClientRect();
    return box.width > 0 && box.height > 0;
});
"""


RIGHT_EDGES = """
const headings = document.querySelector(arguments[0]).querySelectorAll('thead th');
return Object.fromEntries([...headings].slice(0, 3).map(each => [
    each.textContent, each.getBoundingClientRect().right
]));
"""


@pytest.fixture(scope="module")
def opened(browser, ordinary):
    """The report, opened from disk, with the requests and the log."""
    browser.get((ordinary.run.folder / "index.html").as_uri())
    return browser, requested(browser), browser.get_log("browser")


def test_only_the_file_itself_is_loaded(opened):
    _, requests, _ = opened
    schemes = {urlsplit(url).scheme for url in requests}
    assert "file" in schemes
    assert schemes <= {"file", "data"}


def test_the_browser_logs_no_message(opened):
    _, _, log = opened
    assert log == []


def test_every_chart_and_every_open_table_is_visible(opened):
    browser, _, _ = opened
    charts = browser.execute_script(VISIBLE, "figure svg")
    tables = browser.execute_script(VISIBLE, "section > .scroll table")
    assert len(charts) == 13
    assert all(charts)
    assert len(tables) > 5
    assert all(tables)


def test_a_folded_table_opens(opened):
    browser, _, _ = opened
    browser.execute_script("document.querySelector('details').open = true")
    assert browser.execute_script(VISIBLE, "details[open] table") == [True]


@pytest.mark.parametrize("width", [375, 768, 1280])
def test_the_page_never_scrolls_sideways(opened, width):
    browser, _, _ = opened
    set_width(browser, width)
    page = "return document.documentElement.scrollWidth"
    assert browser.execute_script(page) <= width


def test_a_phone_shows_verdict_and_ratio_without_scrolling(opened):
    browser, _, _ = opened
    set_width(browser, 375)
    right = browser.execute_script(RIGHT_EDGES, "#verdicts table")
    assert set(right) == {"variant", "verdict", "ratio (95% interval)"}
    assert max(right.values()) <= 375


def test_a_table_with_more_columns_than_fit_has_a_shadow_at_its_edge(opened):
    browser, _, _ = opened
    set_width(browser, 375)
    style = "return getComputedStyle(document.querySelector('.scroll'))"
    assert "gradient" in browser.execute_script(f"{style}.backgroundImage")
    assert browser.execute_script(f"{style}.backgroundAttachment").endswith("scroll")


@pytest.mark.parametrize(("scheme", "is_light"), [("light", True), ("dark", False)])
def test_charts_follow_the_colours_of_the_page(opened, scheme, is_light):
    browser, _, _ = opened
    set_scheme(browser, scheme)
    text = browser.execute_script(
        "return getComputedStyle(document.querySelector('figure svg text')).fill"
    )
    brightness = sum(map(int, text.strip("rgb()").split(", "))) / 3
    assert (brightness < 128) == is_light
