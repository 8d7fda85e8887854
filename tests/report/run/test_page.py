"""The page: one complete, accessible file that needs no network."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from compare import render
from compare.report.run.outline import build_outline
from compare.report.run.page import render_page
from compare.runs.record import Note
from compare.runs.words import NoteKind
from tests.support.colours import colours, contrast
from tests.support.page import Page
from tests.support.reading import plain
from tests.support.synthetic import rename_workload, with_timing, without

LARGEST_BYTES = 2 * 2**20
TEMPLATES = Path(render.__file__).parent / "templates"


@pytest.fixture(scope="module")
def page(ordinary):
    return Page(ordinary.html)


def test_it_is_one_file_of_at_most_two_megabytes(ordinary):
    assert len(ordinary.html.encode()) <= LARGEST_BYTES


def test_every_element_is_closed(page):
    assert page.unbalanced == []
    assert page.open == []


def test_nothing_refers_outside_the_page(ordinary, page):
    referring = ("src", "href", "xlink:href", "srcset", "action", "data", "poster")
    references = [
        element[name]
        for element in page.elements
        for name in referring
        if element.get(name)
    ]
    assert references
    assert [each for each in references if not each.startswith(("#", "data:"))] == []
    urls = re.findall(r"url\(([^)]*)\)", ordinary.html)
    assert [url for url in urls if not url.startswith("#")] == []
    assert "@import" not in ordinary.html
    assert "://" not in re.sub(r"<pre.*?</pre>", "", ordinary.html, flags=re.DOTALL)


def test_it_needs_no_script(page):
    assert page.all("script") == []
    assert [
        name for each in page.elements for name in each if name.startswith("on")
    ] == []


def test_a_policy_forbids_the_network(page):
    policy = next(each for each in page.all("meta") if "http-equiv" in each)
    assert policy["content"].startswith("default-src 'none'")


def test_identifiers_are_unique_and_every_inner_link_leads_somewhere(page):
    identifiers = Counter(each["id"] for each in page.elements if each.get("id"))
    assert [name for name, number in identifiers.items() if number > 1] == []
    targets = {each["href"][1:] for each in page.all("a") if each["href"][0] == "#"}
    assert targets <= identifiers.keys()


def test_headings_descend_one_level_at_a_time(page):
    levels = [
        int(each["tag"][1])
        for each in page.elements
        if re.fullmatch(r"h[1-6]", each["tag"])
    ]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))


def test_every_table_has_a_caption_and_scoped_headings(page):
    assert len(page.all("caption")) == len(page.all("table")) > 15
    assert {each["scope"] for each in page.all("th")} == {"col", "row"}


def test_every_table_scrolls_in_a_box_that_the_keyboard_reaches(page):
    boxes = [each for each in page.all("div") if each.get("class") == "scroll"]
    assert len(boxes) == len(page.all("table"))
    assert {each["tabindex"] for each in boxes} == {"0"}


def test_every_picture_has_a_description_in_words(page):
    pictures = [each for each in page.elements if each.get("role") == "img"]
    assert len(pictures) == len(page.all("svg")) == len(page.all("figure")) == 13
    assert all(len(each["aria-label"]) > 100 for each in pictures)


def test_every_picture_has_its_table_in_the_same_section(ordinary):
    sections = re.findall(r"<section .*?</section>", ordinary.html, flags=re.DOTALL)
    with_figures = [section for section in sections if "<figure" in section]
    assert len(with_figures) == 6
    for section in with_figures:
        assert section.count("<details") >= section.count("<figure")


def test_text_from_files_is_escaped(made, render):
    reason = "<script>alert(1)</script> & \"quotes\" 'too'"
    made.record.environment["<img src=x onerror=alert(1)>"] = "{{ 7 * 7 }} <b>"
    made.record.notes = [
        Note(kind=NoteKind.NOT_PROFILED, reason="</ul><script>alert(2)</script>")
    ]
    report = render(without(made, "cnn", "tf/xla", status="failed", reason=reason))
    parsed = Page(report.html)
    assert parsed.all("script") == parsed.all("img") == parsed.all("b") == []
    assert "{{ 7 * 7 }}" in report.html
    assert parsed.unbalanced == []


@pytest.mark.charts
def test_the_name_of_a_workload_is_escaped_in_charts(made, render):
    name = '<svg onload=alert(1)> & "co"'
    run = rename_workload(render(made).run, "cnn", name)
    parsed = Page(render_page(build_outline(run)))
    assert [each for each in parsed.elements if "onload" in each] == []
    assert len(parsed.all("svg")) == 13


def test_units_and_figures_of_the_run_are_there(ordinary):
    text = plain(ordinary.html)
    for figure in ("491 us", "24.3 s", "574 MiB", "0.78x (0.77-0.80)", "13,300"):
        assert figure in text


def test_neither_nan_nor_none_is_shown(ordinary):
    shown = re.sub(r"<style>.*?</style>", "", ordinary.html, flags=re.DOTALL)
    assert not re.search(r"\b(nan|NaN|None|inf|undefined|null)\b", shown)


def test_every_table_of_step_times_has_the_minimum_detectable_effect(ordinary):
    note = "Minimum detectable effect (80% power): "
    assert ordinary.html.count(note) == 4  # verdicts and steady state of both


def test_one_launch_has_no_minimum_detectable_effect(made, render):
    missing = dict.fromkeys(("ratio_low", "ratio_high", "detectable"), float("nan"))
    for variant in {f"{r.framework}/{r.mode}" for r in made.timing.itertuples()}:
        for workload in ("two_layer", "cnn"):
            made = with_timing(made, workload, variant, **missing)
    html = plain(render(made).html)
    assert "Minimum detectable effect: unknown" in html
    assert "0.78x (no interval)" in html


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_marks_have_enough_contrast(scheme):
    found = colours(TEMPLATES / f"{scheme}.css")
    least = {
        name: contrast(found[name], found["paper"])
        for name in found
        if name not in ("paper", "raised", "grid", "band", "caution-paper")
    }
    marks = {name for name in least if name.startswith(("hue", "part"))}
    assert {n: c for n, c in least.items() if n in marks and c < 3} == {}
    assert {n: c for n, c in least.items() if n not in marks and c < 4.5} == {}
