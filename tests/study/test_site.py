"""The site: a page a lesson, complete, the same each time, over no other files."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from html import escape, unescape
from html.parser import HTMLParser
from shutil import copy, copytree

import msgspec
import numpy as np
import pytest

from compare.errors import RunError, UsageError
from compare.frameworks import frameworks
from compare.study import program
from compare.study.ladder import names
from compare.study.lesson import find
from compare.study.results import arrays_file
from compare.study.site import build, refuse_foreign
from compare.study.site.columns import columns
from compare.study.site.exercise import task
from compare.study.site.steps import step_ident

pytestmark = [pytest.mark.torch, pytest.mark.tf]

LARGEST_BYTES = 150_000
LESSON = "autograd"
ANY_TAG = re.compile(r"<[^>]*>")

each_lesson = pytest.mark.parametrize("name", names())


class Page(HTMLParser):
    """The elements of a page in order: tag and attributes."""

    def __init__(self, path):
        super().__init__()
        self.elements = []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def values(self, attribute, *tags):
        """The attribute of every element that has it, or of those of some tags."""
        return [
            attributes[attribute]
            for tag, attributes in self.elements
            if attribute in attributes and (not tags or tag in tags)
        ]


@cache
def read(path):
    """A page of the site that all tests share, read once."""
    return Page(path)


def text_of(path):
    """What is read on a page, in one line."""
    return " ".join(unescape(ANY_TAG.sub("", path.read_text("utf-8"))).split())


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def altered(results, folder, **changes):
    """One lesson's results with some of what the first framework did changed."""
    first = next(iter(frameworks()))
    record = msgspec.structs.replace(
        results.record,
        produced=[
            msgspec.structs.replace(p, **changes) if p.framework == first else p
            for p in results.of(LESSON).values()
        ],
    )
    return replace(results, record=record, folder=folder)


def keep_arrays(results, folder, *framework_names):
    """Copy what these frameworks' programs returned."""
    for framework in framework_names:
        for changed in (False, True):
            path = arrays_file(results.folder, LESSON, framework, changed=changed)
            copy(path, folder)


@each_lesson
def test_a_page_is_small(name, site):
    assert len((site / f"{name}.html").read_bytes()) <= LARGEST_BYTES


@each_lesson
def test_every_identifier_on_a_page_is_its_own(name, site):
    idents = read(site / f"{name}.html").values("id")
    assert len(idents) == len(set(idents))


@each_lesson
def test_every_step_can_be_linked_to_in_order(name, site):
    idents = read(site / f"{name}.html").values("id", "section")
    expected = [step_ident(step) for step in find(name).lesson.steps]
    assert [ident for ident in idents if ident in expected] == expected


@each_lesson
def test_a_page_holds_all_of_both_programs(name, site):
    shown = text_of(site / f"{name}.html").replace(" ", "")
    for framework in frameworks():
        source = program.source_of(name, framework=framework)
        for code in program.steps_of(source).values():
            assert "".join(code.split()) in shown


@pytest.mark.parametrize("name", ["index", *names()])
def test_every_link_within_the_site_leads_somewhere(name, site):
    page = site / f"{name}.html"
    for href in read(page).values("href"):
        if href.startswith(("https:", "data:")):
            continue
        file, _, fragment = href.partition("#")
        target = site / file if file else page
        assert target.exists(), href
        assert not fragment or fragment in read(target).values("id"), href


@each_lesson
def test_nothing_of_a_page_comes_from_a_network(name, site):
    page = read(site / f"{name}.html")
    loaded = page.values("src") + page.values("href", "link", "use", "image")
    assert not [each for each in loaded if each.startswith(("http:", "https:", "//"))]


@each_lesson
def test_a_lesson_is_in_the_list_and_can_be_found(name, site):
    assert f"{name}.html" in read(site / "index.html").values("href")
    places = (site / "assets" / "search.js").read_text("utf-8")
    for step in find(name).lesson.steps:
        assert f'["{step}", "{name}.html#{step_ident(step)}"' in places
    for apis in find(name).lesson.apis.values():
        assert all(f'["{api}", ' in places for api in apis)


def test_the_same_results_give_the_same_bytes(studied, tmp_path):
    alone = altered(studied, studied.folder)
    build(alone, folder=tmp_path / "once")
    build(alone, folder=tmp_path / "again")
    assert files(tmp_path / "again") == files(tmp_path / "once")


def test_the_verdict_is_counted(site):
    expected = "PyTorch and TensorFlow agree on 5 arrays, with NumPy on 5."
    assert expected in text_of(site / f"{LESSON}.html")


def test_times_stand_beside_every_step(studied, site):
    text = (site / f"{LESSON}.html").read_text("utf-8")
    timed = len(find(LESSON).lesson.steps) * len(frameworks())
    assert text.count("<span>first ") == timed
    assert text.count("<span>again ") == timed


def test_the_answer_was_checked(site):
    text = text_of(site / f"{LESSON}.html")
    assert "Checked in PyTorch: the changed program was run, and it holds." in text
    assert "Checked in TensorFlow: the changed program was run, and it holds." in text


def test_an_answer_that_is_not_true_is_said_to_be_so(studied):
    entry = find(LESSON)
    exercise = replace(entry.lesson.exercise, holds=lambda before, after: False)
    wrong = replace(entry, lesson=replace(entry.lesson, exercise=exercise))
    checks = task(wrong, studied, columns(wrong, studied)).checks
    assert all(check.startswith("Does not hold in ") for check in checks)


def test_what_a_program_prints_is_shown_and_not_obeyed(studied, tmp_path):
    keep_arrays(studied, tmp_path, *frameworks())
    printed = "<script>alert('printed')</script>"
    build(altered(studied, tmp_path, printed=printed), folder=tmp_path / "site")
    text = (tmp_path / "site" / f"{LESSON}.html").read_text("utf-8")
    assert "<script>alert" not in text
    assert escape(printed, quote=False) in text.replace("&#39;", "'")


def test_much_that_is_printed_is_folded_and_cut(studied, tmp_path):
    keep_arrays(studied, tmp_path, *frameworks())
    printed = "\n".join(f"line {number}" for number in range(400))
    build(altered(studied, tmp_path, printed=printed), folder=tmp_path / "site")
    text = text_of(tmp_path / "site" / f"{LESSON}.html")
    assert "What PyTorch printed" in text
    assert "and 250 more lines" in text


def test_a_framework_that_did_not_run_says_why_beside_the_other(studied, tmp_path):
    _, other = frameworks()
    keep_arrays(studied, tmp_path, other)
    reason = "no <such> module; install it"
    results = altered(studied, tmp_path, reason=reason, times=[])
    build(results, folder=tmp_path / "site")
    page = tmp_path / "site" / f"{LESSON}.html"
    text = text_of(page)
    assert f"PyTorch was not run: {reason}." in text
    assert "PyTorch not run; agree" in text
    assert f"Not checked in PyTorch: {reason}." in text
    assert text.count("first ") >= len(find(LESSON).lesson.steps)
    assert "torch.autograd.grad(loss, [w1, w2])" in text
    assert "The loss starts at 1.695e+04" in text


def test_a_site_of_programs_that_all_failed_is_still_written(studied, tmp_path):
    produced = [
        msgspec.structs.replace(p, reason="it broke", failed=True, times=[])
        for p in studied.of(LESSON).values()
    ]
    record = msgspec.structs.replace(
        studied.record, produced=produced, environment={"processor": "any"}
    )
    build(replace(studied, record=record, folder=tmp_path), folder=tmp_path / "site")
    first = text_of(tmp_path / "site" / "index.html")
    assert "solved in PyTorch and in TensorFlow, step beside step" in first
    assert "with no framework" in first
    text = text_of(tmp_path / "site" / f"{LESSON}.html")
    assert "TensorFlow failed: it broke." in text
    assert "The loss starts at (not run)" in text
    assert "Not drawn: nothing was computed." in text


def test_an_exercise_whose_change_failed_says_so(studied, tmp_path):
    keep_arrays(studied, tmp_path, *frameworks())
    results = altered(studied, tmp_path, changed_reason="it broke")
    build(results, folder=tmp_path / "site")
    text = text_of(tmp_path / "site" / f"{LESSON}.html")
    assert "Not checked in PyTorch: it broke." in text
    assert "Checked in TensorFlow" in text


def test_an_array_that_disagrees_is_named(studied, tmp_path):
    one, other = frameworks()
    keep_arrays(studied, tmp_path, one, other)
    arrays = dict(studied.arrays(LESSON, one))
    arrays["w1"] = arrays["w1"] * (1 + 1e-6)
    np.savez(arrays_file(tmp_path, LESSON, one), **arrays)
    build(replace(altered(studied, tmp_path), folder=tmp_path), folder=tmp_path / "s")
    text = text_of(tmp_path / "s" / f"{LESSON}.html")
    assert "PyTorch and TensorFlow disagree on w1." in text


@each_lesson
def test_notebooks_stand_beside_a_page(name, site):
    links = read(site / f"{name}.html").values("href")
    for framework in frameworks():
        href = f"notebooks/{name}.{framework}.ipynb"
        assert href in links
        assert (site / href).exists()


def test_a_site_may_be_written_anew(studied, tmp_path):
    copytree(studied.folder, tmp_path / "results")
    alone = altered(studied, studied.folder)
    build(alone, folder=tmp_path)
    before = files(tmp_path)
    build(alone, folder=tmp_path)
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    ("foreign", "named"),
    [
        ("thesis.tex", "thesis.tex"),
        ("index.html", "index.html"),
        ("autograd.html", "autograd.html"),
        ("assets/mine.css", "assets/mine.css"),
        ("results/data.npz", "results/data.npz"),
        ("notebooks/mine.ipynb", "notebooks/mine.ipynb"),
        (".git/config", ".git"),
    ],
)
def test_files_of_somebody_else_are_named_and_left_alone(
    foreign, named, studied, tmp_path
):
    path = tmp_path / foreign
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    with pytest.raises(UsageError, match=f"holds {re.escape(named)}\\."):
        build(studied, folder=tmp_path)
    assert files(tmp_path) == {foreign: b"mine"}


def test_a_file_is_no_folder(tmp_path):
    path = tmp_path / "site"
    path.write_text("mine")
    with pytest.raises(UsageError, match="which is a file"):
        refuse_foreign(path)


def test_what_a_lesson_that_is_gone_left_is_removed(studied, tmp_path):
    results = altered(studied, studied.folder)
    copytree(studied.folder, tmp_path / "results")
    build(results, folder=tmp_path)
    before = files(tmp_path)
    for left in (f"{LESSON}.html", f"notebooks/{LESSON}.torch.ipynb"):
        copy(tmp_path / left, tmp_path / left.replace(LESSON, "gone"))
    build(results, folder=tmp_path)
    assert files(tmp_path) == before


def test_results_of_a_lesson_that_is_gone_are_not_somebody_else_s(studied, tmp_path):
    arrays = arrays_file(studied.folder, LESSON, "torch", changed=True)
    (tmp_path / "results").mkdir()
    copy(arrays, tmp_path / "results" / arrays.name.replace(LESSON, "gone"))
    refuse_foreign(tmp_path)


@pytest.mark.parametrize(
    "other",
    [
        {"program": "another"},
        {"change": "another"},
        {"lesson": "renamed"},
        {"framework": "removed"},
    ],
)
def test_nothing_stands_beside_what_another_version_computed(studied, tmp_path, other):
    with pytest.raises(RunError, match=r"other versions of \w+ \(\w+\)\. Run"):
        build(altered(studied, tmp_path, **other), folder=tmp_path / "site")


def test_pages_are_made_of_results_that_stand_somewhere(cli, studied, tmp_path):
    done = cli("study", "--html", tmp_path / "site", "--results", studied.folder)
    assert done.code == 0, done.err
    assert f"Site: {(tmp_path / 'site' / 'index.html').as_uri()}" in done.err
    assert (tmp_path / "site" / f"{LESSON}.html").exists()


def test_results_that_are_not_there_are_told(cli, tmp_path):
    done = cli("study", "--html", tmp_path / "site", "--results", tmp_path / "none")
    assert done.code == 2
    assert "expected results of lessons" in done.err
    assert not (tmp_path / "site").exists()
