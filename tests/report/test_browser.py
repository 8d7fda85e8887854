"""The page in a real browser: nothing loaded, nothing missing, no complaint."""

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


@pytest.fixture(scope="module")
def opened(browser, ordinary):
    """The report, opened from disk, and what that loaded."""
    browser.get((ordinary.run.folder / "index.html").as_uri())
    return browser, requested(browser), browser.get_log("browser")


def test_only_the_file_itself_is_loaded(opened):
    _, requests, _ = opened
    schemes = {urlsplit(url).scheme for url in requests}
    assert "file" in schemes
    assert schemes <= {"file", "data"}


def test_the_browser_has_nothing_to_complain_of(opened):
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


@pytest.mark.parametrize(("scheme", "is_light"), [("light", True), ("dark", False)])
def test_charts_follow_the_colours_of_the_page(opened, scheme, is_light):
    browser, _, _ = opened
    set_scheme(browser, scheme)
    text = browser.execute_script(
        "return getComputedStyle(document.querySelector('figure svg text')).fill"
    )
    brightness = sum(map(int, text.strip("rgb()").split(", "))) / 3
    assert (brightness < 128) == is_light
