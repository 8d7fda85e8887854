"""The site in a browser: layout, search, keyboard and accessibility, from disk."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.support.wait import WebDriverWait

from compare.study.program import frameworks_of
from tests.support.browsing import requested, set_scheme, set_width

pytestmark = pytest.mark.browser

LESSON = "autograd"  # in three frameworks
PAIR = "graph_or_not"  # in two
AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"
SIDES = """
return [...document.querySelectorAll('.step .pair:not(.outputs)')].map(pair =>
    [...pair.querySelectorAll('pre')].map(code => {
        const box = code.getBoundingClientRect();
        return [box.left, box.top, box.right, box.bottom].map(Math.round);
    }));
"""
AUDIT = """
const done = arguments[0];
axe.run({preload: false}).then(found => done(found.violations.map(each =>
    [each.id, each.nodes.length, each.nodes[0].html, each.nodes[0].failureSummary])));
"""
WIDEST = """
document.querySelectorAll('details').forEach(each => each.open = true);
return document.documentElement.scrollWidth;
"""
PRESS = """
const [key, shiftKey] = arguments;
return (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent(
    'keydown', {key, shiftKey, bubbles: true, cancelable: true}));
"""


@pytest.fixture
def at(browser, site):
    """Open a page of the site with default settings, on a wide and light screen."""

    def open_page(name):
        set_width(browser, 1600)
        set_scheme(browser, "light")
        browser.get("about:blank")
        browser.get((site / name).as_uri())
        browser.execute_script("localStorage.clear()")
        browser.refresh()
        return browser

    return open_page


@pytest.fixture
def lesson(at):
    """The page of a lesson."""
    return at(f"{LESSON}.html")


def press(browser, *keys, shift=False):
    """Press keys and return for each whether the page left it to the browser."""
    return [browser.execute_script(PRESS, key, shift) for key in keys]


def wait_until(condition):
    """Wait until the browser has done what was requested."""
    WebDriverWait(None, timeout=5, poll_frequency=0.02).until(lambda _: condition())


def search(browser, text):
    press(browser, "/")
    browser.switch_to.active_element.send_keys(text)
    return [
        link.get_attribute("href").rpartition("/")[2]
        for link in browser.find_elements("css selector", "#found a")
    ]


def background_lightness(browser):
    """Return the lightness of the page's background, from 0 to 255."""
    colour = browser.execute_script("return getComputedStyle(document.body).background")
    red, green, blue = colour.partition("(")[2].partition(")")[0].split(", ")
    return (int(red) + int(green) + int(blue)) / 3


def is_at_top(browser, fragment):
    """Return whether a part of the page is at the top, below the fixed headings."""
    place = "return document.getElementById(arguments[0]).getBoundingClientRect().top"
    return -5 < browser.execute_script(place, fragment) < 100


def test_every_page_opens_from_disk_without_network_or_errors(browser, site):
    requested(browser)
    pages = sorted(site.glob("*.html"))
    for page in pages:
        browser.get(page.as_uri())
        assert browser.find_element("css selector", "h1").is_displayed()
    schemes = {urlsplit(url).scheme for url in requested(browser)}
    assert len(pages) > 1
    assert schemes <= {"file", "data"}
    assert browser.get_log("browser") == []


@pytest.mark.parametrize(
    ("name", "width"), [(LESSON, 1600), (LESSON, 1250), (PAIR, 1600), (PAIR, 1000)]
)
def test_columns_begin_at_the_same_height_at_every_step(at, name, width):
    lesson = at(f"{name}.html")
    set_width(lesson, width)
    steps = lesson.execute_script(SIDES)
    assert len(steps) > 5
    for step in steps:
        assert len(step) == len(frameworks_of(name))
        for (_, top, right, _), (other_left, other_top, _, _) in pairwise(step):
            assert top == other_top
            assert right < other_left
    assert len({tuple(side[0] for side in step) for step in steps}) == 1


@pytest.mark.parametrize(
    ("name", "width"), [(LESSON, 390), (LESSON, 1000), (PAIR, 390)]
)
def test_columns_are_below_each_other_where_there_is_no_room(at, name, width):
    lesson = at(f"{name}.html")
    set_width(lesson, width)
    for step in lesson.execute_script(SIDES):
        for (left, _, _, bottom), (other_left, other_top, _, _) in pairwise(step):
            assert left == other_left
            assert bottom < other_top
    named = lesson.find_elements("css selector", ".step .name")
    assert all(name.is_displayed() for name in named)


def test_no_page_scrolls_sideways(browser, site):
    for page in sorted(site.glob("*.html")):
        browser.get(page.as_uri())
        for width in (1600, 1000, 390):
            set_width(browser, width)
            widest = browser.execute_script(WIDEST)
            assert widest <= width, page.name


def test_a_long_line_scrolls_in_its_own_box(lesson):
    set_width(lesson, 390)
    code = lesson.find_element("css selector", "#step-data pre")
    size = "return [arguments[0].scrollWidth, arguments[0].clientWidth]"
    content, box = lesson.execute_script(size, code)
    assert content > box


def test_the_search_finds_lessons_steps_and_names(lesson):
    assert search(lesson, "gradients recorded")[0] == f"{LESSON}.html"
    press(lesson, "Escape")
    assert f"{LESSON}.html#step-backward" in search(lesson, "backpropagation follows")
    press(lesson, "Escape")
    assert search(lesson, "tf.gradientt")[0].endswith(".html#apis")
    press(lesson, "Escape")
    assert search(lesson, "no such thing anywhere") == []
    status = lesson.find_element("css selector", "#found [role=status]")
    assert status.text == "Nothing found"


def test_a_match_opens_at_its_step(at):
    browser = at("index.html")
    search(browser, "backpropagation follows the graph from")
    browser.find_element("css selector", "#found a").click()
    wait_until(lambda: browser.current_url.endswith(f"{LESSON}.html#step-backward"))
    assert is_at_top(browser, "step-backward")


def test_keys_go_through_the_steps(lesson):
    press(lesson, "j", "j", "j")
    assert lesson.current_url.endswith("#step-parameters")
    assert is_at_top(lesson, "step-parameters")
    press(lesson, "k")
    assert lesson.current_url.endswith("#step-data")


@pytest.mark.parametrize(
    ("key", "rel"), [("ArrowRight", "next"), ("ArrowLeft", "prev")]
)
def test_keys_go_from_lesson_to_lesson(lesson, key, rel):
    here = lesson.current_url
    links = lesson.find_elements("css selector", f"a[rel={rel}]")
    there = links[0].get_attribute("href") if links else here
    press(lesson, key)
    wait_until(lambda: lesson.current_url == there)


def test_a_key_lists_the_shortcuts_and_they_can_be_disabled(lesson):
    dialog = lesson.find_element("id", "keys")
    press(lesson, "?")
    assert dialog.is_displayed()
    lesson.find_element("id", "listening").click()
    dialog.find_element("tag name", "button").click()
    assert not dialog.is_displayed()
    press(lesson, "?")
    assert not dialog.is_displayed()


def test_arrow_keys_scroll_a_focused_box(lesson):
    code = lesson.find_element("css selector", "#step-data pre")
    lesson.execute_script("arguments[0].focus()", code)
    assert press(lesson, "ArrowRight", "ArrowLeft") == [True, True]


def test_keys_that_select_text_do_not_change_the_lesson(lesson):
    assert press(lesson, "ArrowRight", "ArrowLeft", shift=True) == [True, True]


def test_the_list_of_matches_closes_when_the_focus_leaves_it(lesson):
    search(lesson, "gradient")
    found = lesson.find_element("id", "found")
    assert found.is_displayed()
    lesson.execute_script("document.querySelector('#found a').focus()")
    assert found.is_displayed()
    lesson.execute_script("document.getElementById('theme').focus()")
    assert not found.is_displayed()


@pytest.mark.parametrize(("scheme", "is_light"), [("light", True), ("dark", False)])
def test_the_colour_scheme_follows_the_system_until_it_is_chosen(
    lesson, scheme, is_light
):
    set_scheme(lesson, scheme)
    assert (background_lightness(lesson) > 128) == is_light
    lesson.find_element("id", "theme").click()
    assert (background_lightness(lesson) > 128) != is_light
    lesson.refresh()
    assert (background_lightness(lesson) > 128) != is_light
    lesson.find_element("id", "theme").click()
    assert (background_lightness(lesson) > 128) == is_light


def test_a_page_can_be_read_without_scripts(lesson, site):
    lesson.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    lesson.get((site / f"{LESSON}.html").as_uri())
    assert lesson.find_element("css selector", "#step-update pre").is_displayed()
    assert not lesson.find_element("id", "theme").is_displayed()
    lesson.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "page", ["index.html", f"{LESSON}.html", f"{LESSON}.html#exercise"]
)
def test_a_page_has_no_accessibility_violations(at, page, scheme):
    if not AXE.exists():
        pytest.skip("no axe-core: npm ci --prefix tests")
    browser = at(page.partition("#")[0])
    set_scheme(browser, scheme)
    if "#" in page:  # with all details and the search open
        browser.execute_script(
            "document.querySelectorAll('details').forEach(each => each.open = true)"
        )
        search(browser, "gradient")
    browser.execute_script(AXE.read_text("utf-8"))
    assert browser.execute_async_script(AUDIT) == []
