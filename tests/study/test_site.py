"""The site: complete pages, reproducible, and no other files are overwritten."""

from __future__ import annotations

import io
import re
import sys
from dataclasses import replace
from functools import cache
from html import escape, unescape
from html.parser import HTMLParser
from shutil import copy, copytree

import msgspec
import numpy as np
import pytest
from rich.console import Console

from compare import quirks
from compare.errors import RunError, UsageError
from compare.frameworks import frameworks_with
from compare.study import command, program
from compare.study.blanks import ExerciseKind
from compare.study.guide import load_guide
from compare.study.ladder import lesson_names
from compare.study.lesson import load_lesson
from compare.study.results import Version, arrays_file, graph_file
from compare.study.site import build_site, refuse_foreign_files
from compare.study.site.columns import build_columns
from compare.study.site.exercise import check_exercise
from compare.study.site.folder import exercise_file
from compare.study.site.markdown import plain_text
from compare.study.site.steps import step_ident

pytestmark = [pytest.mark.torch, pytest.mark.tf, pytest.mark.jax]

LARGEST_BYTES = 250_000
LESSON = "autograd"
ANY_TAG = re.compile(r"<[^>]*>")

each_lesson = pytest.mark.parametrize("name", lesson_names())


class Page(HTMLParser):
    """The elements of a page in order, as tag and attributes."""

    def __init__(self, path):
        super().__init__()
        self.elements = []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def values(self, attribute, *tags):
        """Return an attribute of all elements that have it, optionally by tag."""
        return [
            attributes[attribute]
            for tag, attributes in self.elements
            if attribute in attributes and (not tags or tag in tags)
        ]


@cache
def read(path):
    """Return a page of the shared site; each page is parsed once."""
    return Page(path)


def text_of(path):
    """Return the text of a page in one line."""
    return " ".join(unescape(ANY_TAG.sub("", path.read_text("utf-8"))).split())


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def with_outcome(results, folder, **changes):
    """Return one lesson's results with another outcome in the first framework."""
    first = next(iter(frameworks_with("lessons")))
    record = msgspec.structs.replace(
        results.record,
        programs=[
            msgspec.structs.replace(p, **changes) if p.framework == first else p
            for p in results.programs_of(LESSON).values()
        ],
    )
    return replace(results, record=record, folder=folder)


def copy_arrays(results, folder, *framework_names):
    """Copy the arrays and graphs of these frameworks' programs."""
    for framework in framework_names:
        for version in Version:
            copy(arrays_file(results.folder, LESSON, framework, version), folder)
        copy(graph_file(results.folder, LESSON, framework), folder)


@each_lesson
def test_a_page_is_small(name, site):
    assert len((site / f"{name}.html").read_bytes()) <= LARGEST_BYTES


@each_lesson
def test_identifiers_on_a_page_are_unique(name, site):
    idents = read(site / f"{name}.html").values("id")
    assert len(idents) == len(set(idents))


@each_lesson
def test_every_step_has_a_link_target_in_order(name, site):
    idents = read(site / f"{name}.html").values("id", "section")
    expected = [step_ident(step) for step in load_lesson(name).lesson.steps]
    assert [ident for ident in idents if ident in expected] == expected


@each_lesson
def test_a_page_contains_all_programs_completely(name, site):
    shown = text_of(site / f"{name}.html").replace(" ", "")
    for framework in program.frameworks_of(name):
        source = program.read_program(name, framework=framework)
        for code in program.split_steps(source).values():
            assert "".join(code.split()) in shown


@pytest.mark.parametrize(
    "name", ["index", "quirks", "cheat", "notes", "ko/index", *lesson_names()]
)
def test_every_link_within_the_site_has_a_target(name, site):
    page = site / f"{name}.html"
    for href in read(page).values("href"):
        if href.startswith(("https:", "data:")):
            continue
        file, _, fragment = href.partition("#")
        target = page.parent / file if file else page
        assert target.exists(), href
        assert not fragment or fragment in read(target).values("id"), href


@each_lesson
def test_a_page_loads_nothing_from_a_network(name, site):
    page = read(site / f"{name}.html")
    loaded = page.values("src") + page.values("href", "link", "use", "image")
    assert not [each for each in loaded if each.startswith(("http:", "https:", "//"))]


@each_lesson
def test_a_lesson_is_in_the_list_and_in_the_search(name, site):
    assert f"{name}.html" in read(site / "index.html").values("href")
    entries = (site / "assets" / "search.js").read_text("utf-8")
    for step in load_lesson(name).lesson.steps:
        assert f'["{step}", "{name}.html#{step_ident(step)}"' in entries
    for apis in load_lesson(name).lesson.apis.values():
        assert all(f'["{api}", ' in entries for api in apis)


def test_the_same_results_give_the_same_bytes(studied, tmp_path):
    alone = with_outcome(studied, studied.folder)
    build_site(alone, folder=tmp_path / "once")
    build_site(alone, folder=tmp_path / "again")
    assert files(tmp_path / "again") == files(tmp_path / "once")


def test_the_verdict_states_the_number_of_arrays(site):
    expected = "PyTorch, TensorFlow and JAX agree on 5 arrays, with NumPy on 5."
    assert expected in text_of(site / f"{LESSON}.html")


def test_every_step_has_times(studied, site):
    text = (site / f"{LESSON}.html").read_text("utf-8")
    timed = len(load_lesson(LESSON).lesson.steps) * len(program.frameworks_of(LESSON))
    assert text.count("<span>first ") == timed
    assert text.count("<span>again ") == timed


def test_the_page_states_that_the_answer_was_checked(site):
    text = text_of(site / f"{LESSON}.html")
    assert "Checked in PyTorch: the changed program confirms the answer." in text
    assert "Checked in TensorFlow: the changed program confirms the answer." in text


def test_a_wrong_answer_is_reported(studied):
    entry = load_lesson(LESSON)
    exercise = replace(entry.lesson.exercise, holds=lambda before, after: False)
    wrong = replace(entry, lesson=replace(entry.lesson, exercise=exercise))
    checks = check_exercise(wrong, studied, build_columns(wrong, studied)).checks
    assert all(check.startswith("Wrong in ") for check in checks)


def test_the_output_of_a_program_is_escaped(studied, tmp_path):
    copy_arrays(studied, tmp_path, *frameworks_with("lessons"))
    printed = {"results": "<script>alert('printed')</script>"}
    build_site(
        with_outcome(studied, tmp_path, printed=printed), folder=tmp_path / "site"
    )
    text = (tmp_path / "site" / f"{LESSON}.html").read_text("utf-8")
    assert "<script>alert" not in text
    assert escape(printed["results"], quote=False) in text.replace("&#39;", "'")


def test_long_output_is_folded_and_truncated(studied, tmp_path):
    copy_arrays(studied, tmp_path, *frameworks_with("lessons"))
    printed = {"results": "\n".join(f"line {number}" for number in range(400))}
    build_site(
        with_outcome(studied, tmp_path, printed=printed), folder=tmp_path / "site"
    )
    text = text_of(tmp_path / "site" / f"{LESSON}.html")
    assert "Output of PyTorch" in text
    assert "and 250 more lines" in text


def test_a_framework_that_did_not_run_has_a_reason_on_the_page(studied, tmp_path):
    _, *others = frameworks_with("lessons")
    copy_arrays(studied, tmp_path, *others)
    reason = "no <such> module; install it"
    results = with_outcome(studied, tmp_path, reason=reason, times=[])
    build_site(results, folder=tmp_path / "site")
    page = tmp_path / "site" / f"{LESSON}.html"
    text = text_of(page)
    assert f"PyTorch was not run: {reason}." in text
    assert "PyTorch not run; agree" in text
    assert f"Not checked in PyTorch: {reason}." in text
    assert text.count("first ") >= len(load_lesson(LESSON).lesson.steps)
    assert "loss.backward()" in text
    assert "The loss starts at 16,950" in text


def test_a_site_is_written_even_if_all_programs_failed(studied, tmp_path):
    programs = [
        msgspec.structs.replace(p, reason="it broke", failed=True, times=[])
        for p in studied.programs_of(LESSON).values()
    ]
    record = msgspec.structs.replace(
        studied.record, programs=programs, environment={"processor": "any"}
    )
    build_site(
        replace(studied, record=record, folder=tmp_path), folder=tmp_path / "site"
    )
    first = text_of(tmp_path / "site" / "index.html")
    assert "Each lesson solves one problem in PyTorch and in TensorFlow and" in first
    assert "with no framework" in first
    text = text_of(tmp_path / "site" / f"{LESSON}.html")
    assert "TensorFlow failed: it broke." in text
    assert "The loss starts at (not run)" in text
    assert "No picture: no program computed its arrays." in text


def test_an_exercise_whose_change_failed_is_reported(studied, tmp_path):
    copy_arrays(studied, tmp_path, *frameworks_with("lessons"))
    results = with_outcome(studied, tmp_path, changed_reason="it broke")
    build_site(results, folder=tmp_path / "site")
    text = text_of(tmp_path / "site" / f"{LESSON}.html")
    assert "Not checked in PyTorch: it broke." in text
    assert "Checked in TensorFlow" in text


def test_a_disagreeing_array_is_named(studied, tmp_path):
    one, *others = frameworks_with("lessons")
    copy_arrays(studied, tmp_path, one, *others)
    arrays = dict(studied.arrays(LESSON, one))
    arrays["w1"] = arrays["w1"] * (1 + 1e-6)
    np.savez(arrays_file(tmp_path, LESSON, one), **arrays)
    build_site(
        replace(with_outcome(studied, tmp_path), folder=tmp_path), folder=tmp_path / "s"
    )
    text = text_of(tmp_path / "s" / f"{LESSON}.html")
    assert "PyTorch, TensorFlow and JAX disagree on w1." in text


@each_lesson
def test_a_page_links_to_its_notebook_and_to_the_programs_of_its_exercises(name, site):
    links = read(site / f"{name}.html").values("href")
    for href in (
        f"notebooks/{name}.ipynb",
        *(
            f"exercises/{exercise_file(name, framework, kind)}"
            for framework in program.frameworks_of(name)
            for kind in ExerciseKind
        ),
    ):
        assert href in links
        assert (site / href).exists()


@each_lesson
def test_a_page_shows_what_guides_a_reader(name, site):
    shown = text_of(site / f"{name}.html")
    guide = load_guide(name)
    for text in (*guide.goals, guide.recap, *(each.text for each in guide.questions)):
        assert plain_text(text) in shown
    for each in guide.only_in.values():
        assert all(plain_text(t) in shown for t in each.values() if "{{" not in t)
    links = read(site / f"{name}.html").values("href")
    assert {f"quirks.html#{quirk}" for quirk in guide.quirks} <= {*links}


def test_a_framework_without_a_program_has_no_column_and_a_reason(
    studied, tmp_path, monkeypatch
):
    guide = msgspec.structs.replace(load_guide(LESSON), absent={"jax": "It has none."})
    for module in ("site.build", "translation"):
        monkeypatch.setattr(f"compare.study.{module}.load_guide", lambda _: guide)
    results = with_outcome(studied, studied.folder)
    kept = [each for each in results.record.programs if each.framework != "jax"]
    record = msgspec.structs.replace(results.record, programs=kept)
    build_site(replace(results, record=record), folder=tmp_path)
    text = text_of(tmp_path / f"{LESSON}.html")
    assert "It has none." in text
    assert "PyTorch and TensorFlow agree on 5 arrays" in text
    assert "jax.value_and_grad(" not in text


@each_lesson
def test_a_lesson_is_on_the_site_in_every_language(name, site):
    english, korean = (read(site / f"{prefix}{name}.html") for prefix in ("", "ko/"))
    idents = english.values("id", "section")
    assert korean.values("id", "section") == idents
    assert f"ko/{name}.html" in english.values("href")
    assert f"../{name}.html" in korean.values("href")


def test_the_catalogue_of_quirks_is_on_the_site_and_in_its_search(site):
    entries = (site / "assets" / "search.js").read_text("utf-8")
    idents = read(site / "quirks.html").values("id")
    for quirk in quirks.quirk_names():
        assert quirk in idents
        assert f'"quirks.html#{quirk}"' in entries


def test_the_page_of_quirks_has_the_default_of_each_framework(site):
    page = " ".join(text_of(site / "quirks.html").split())
    assert "(default of PyTorch and JAX)" in page
    assert "(default of TensorFlow and JAX)" in page
    assert "Default of JAXEpsilon is 1e-6, added to the variance." in page
    lacked = [
        name
        for name in quirks.quirk_names()
        if "jax" not in frameworks_with("quirks", entry=name)
    ]
    assert page.count("No program in JAX.") == len(lacked) > 0


def test_the_cheat_sheet_has_a_row_for_every_equivalent(site):
    shown = text_of(site / "cheat.html").replace(" ", "")
    for name in {page.stem for page in site.glob("*.html")} & {*lesson_names()}:
        for each in load_guide(name).equivalents:
            for code in each.code.values():
                assert "".join(code.split()) in shown


def test_a_site_can_be_overwritten(studied, tmp_path):
    copytree(studied.folder, tmp_path / "results")
    alone = with_outcome(studied, studied.folder)
    build_site(alone, folder=tmp_path)
    before = files(tmp_path)
    build_site(alone, folder=tmp_path)
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    ("foreign", "listed"),
    [
        ("thesis.tex", "thesis.tex"),
        ("index.html", "index.html"),
        ("autograd.html", "autograd.html"),
        ("assets/mine.css", "assets/mine.css"),
        ("results/data.npz", "results/data.npz"),
        ("notebooks/mine.txt", "notebooks/mine.txt"),
        ("exercises/mine.py", "exercises/mine.py"),
        ("ko/mine.html", "ko/mine.html"),
        (".git/config", ".git"),
    ],
)
def test_other_files_are_listed_and_not_overwritten(foreign, listed, studied, tmp_path):
    path = tmp_path / foreign
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    with pytest.raises(UsageError, match=f"contains {re.escape(listed)}\\."):
        build_site(studied, folder=tmp_path)
    assert files(tmp_path) == {foreign: b"mine"}


def test_a_file_is_refused_as_a_folder(tmp_path):
    path = tmp_path / "site"
    path.write_text("mine")
    with pytest.raises(UsageError, match="which is a file"):
        refuse_foreign_files(path)


def test_files_of_a_removed_lesson_are_removed(studied, tmp_path):
    results = with_outcome(studied, studied.folder)
    copytree(studied.folder, tmp_path / "results")
    build_site(results, folder=tmp_path)
    before = files(tmp_path)
    gone = [f"{LESSON}.html", f"ko/{LESSON}.html", f"notebooks/{LESSON}.ipynb"]
    for left in (*gone, f"exercises/{LESSON}.torch.write.py"):
        copy(tmp_path / left, tmp_path / left.replace(LESSON, "gone"))
    build_site(results, folder=tmp_path)
    assert files(tmp_path) == before


def test_results_of_a_removed_lesson_are_no_foreign_files(studied, tmp_path):
    arrays = arrays_file(studied.folder, LESSON, "torch", Version.CHANGED)
    (tmp_path / "results").mkdir()
    copy(arrays, tmp_path / "results" / arrays.name.replace(LESSON, "gone"))
    refuse_foreign_files(tmp_path)


@pytest.mark.parametrize(
    "other",
    [
        {"program": "another"},
        {"change": "another"},
        {"lesson": "renamed"},
        {"framework": "removed"},
    ],
)
def test_results_of_other_versions_are_refused(studied, tmp_path, other):
    with pytest.raises(RunError, match=r"other versions of \w+ \(\w+\)\. Run"):
        build_site(with_outcome(studied, tmp_path, **other), folder=tmp_path / "site")


def test_a_site_is_written_from_stored_results(cli, studied, tmp_path):
    done = cli("study", "--html", tmp_path / "site", "--results", studied.folder)
    assert done.code == 0, done.err
    assert f"Site: {(tmp_path / 'site' / 'index.html').as_uri()}" in done.err
    assert (tmp_path / "site" / f"{LESSON}.html").exists()


def test_missing_results_are_reported(cli, tmp_path):
    done = cli("study", "--html", tmp_path / "site", "--results", tmp_path / "none")
    assert done.code == 2
    assert "expected results of lessons" in done.err
    assert not (tmp_path / "site").exists()


@pytest.fixture
def without_nbformat(monkeypatch):
    """A process in which nbformat cannot be imported."""
    monkeypatch.setitem(sys.modules, "nbformat", None)


def test_a_site_is_written_without_notebooks_if_nbformat_is_missing(
    without_nbformat, studied, tmp_path
):
    build_site(with_outcome(studied, studied.folder), folder=tmp_path)
    page = text_of(tmp_path / f"{LESSON}.html")
    assert "loss.backward()" in page
    assert "otebook" not in page
    assert "otebook" not in text_of(tmp_path / "index.html")
    assert not (tmp_path / "notebooks").exists()


def test_notebooks_of_an_earlier_site_are_removed_if_nbformat_is_missing(
    studied, tmp_path, monkeypatch
):
    results = with_outcome(studied, studied.folder)
    build_site(results, folder=tmp_path)
    assert "can be downloaded as a notebook" in text_of(tmp_path / "index.html")
    assert list((tmp_path / "notebooks").iterdir())
    monkeypatch.setitem(sys.modules, "nbformat", None)
    build_site(results, folder=tmp_path)
    assert not list((tmp_path / "notebooks").iterdir())


def test_a_missing_nbformat_is_reported_once_with_the_remedy(
    without_nbformat, studied, tmp_path
):
    console = Console(file=io.StringIO(), width=40)
    code = command.write_site(
        tmp_path / "site", console=console, results=studied.folder
    )
    assert code == command.OK
    first, site = console.file.getvalue().splitlines()
    assert first == (
        "The site is written without notebooks: nbformat is not installed; "
        "pip install 'graph-compare[notebooks]'"
    )
    assert site.startswith("Site: file://")


def test_with_nbformat_only_the_address_is_printed(studied, tmp_path):
    console = Console(file=io.StringIO(), width=40)
    command.write_site(tmp_path / "site", console=console, results=studied.folder)
    assert console.file.getvalue().count("\n") == 1


def test_a_folder_name_in_the_address_is_not_markup(studied, tmp_path):
    console = Console(file=io.StringIO(), width=40)
    folder = tmp_path / "a[b]:x:"
    command.write_site(folder, console=console, results=studied.folder)
    assert f"Site: {(folder / 'index.html').as_uri()}" in console.file.getvalue()
