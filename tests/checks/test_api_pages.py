"""The pages of the Python interface have every public name, with a docstring."""

from __future__ import annotations

import itertools
import sys
import warnings
from types import ModuleType

import pytest

from tests.checks.api_pages import (
    find_problems,
    list_modules,
    load_documented,
    walk,
    write_pages,
)
from tests.support.commands import run_module

COMPLETE = '''
"""A module with `Box` and `fill`."""

from dataclasses import dataclass

@dataclass
class Box:
    """A box; `size` is its only field."""

    size: int

    @property
    def area(self) -> int:
        """The square of `size`."""
        return self.size ** 2

def fill(box: Box, *, times: int) -> None:
    """Fill a `Box` as often as `times` states; see `Box.size` and `Box.area`."""

def _hidden() -> None: ...
'''


NUMBERS = itertools.count()


def is_written(folder, doc):
    page = (folder / f"{doc.modulename.replace('.', '/')}.html").read_text("utf-8")
    return not doc.qualname or f'id="{doc.qualname}"' in page


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Return the folder of the pages, which a process of its own writes."""
    folder = tmp_path_factory.mktemp("pages") / "api"
    printed = run_module("tests.checks.api_pages", str(folder))
    assert f"{len(list_modules())} modules" in printed
    return folder


def test_every_public_name_has_a_docstring_and_is_on_a_page(pages):
    documented = [
        each for name in list_modules() for each in walk(load_documented(name))
    ]
    missing = [each.fullname for each in documented if not is_written(pages, each)]
    assert not missing
    names = {each.fullname for each in documented}
    assert names >= {
        *("compare.load_run", "compare.run", "compare.check"),
        *("compare.api.CheckResult.to_json", "compare.contract.Session.step"),
        *("compare.runs.folder.Run", "compare.runs.rows.TimingRow.verdict"),
        *("compare.errors.UsageError", "compare.testing.assert_agrees"),
    }


def test_the_pages_need_no_network_and_are_those_of_the_interface(pages):
    written = {str(path.relative_to(pages)) for path in pages.rglob("*.html")}
    assert written == {
        "index.html",
        *(f"{name.replace('.', '/')}.html" for name in list_modules()),
    }
    text = "".join((pages / name).read_text("utf-8") for name in written)
    assert 'src="http' not in text
    assert "<link" not in text


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """Return a function that finds the problems of a module with this source."""
    monkeypatch.syspath_prepend(tmp_path)

    def find(source):
        name = f"planted_api_{next(NUMBERS)}"  # no module is imported twice
        (tmp_path / f"{name}.py").write_text(source)
        found = find_problems([name])
        return [each for each in found if name in each], name

    return find


def test_a_complete_module_has_no_problem(planted):
    assert planted(COMPLETE)[0] == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"""A module with `Box` and `fill`."""', "", " has no docstring"),
        ('"""A box; `size` is its only field."""', "", ".Box has no docstring"),
        ('"""The square of `size`."""', "", ".Box.area has no docstring"),
        (
            "see `Box.size` and `Box.area`",
            "see `Box.weight`",
            ".fill refers to `Box.weight`, which does not exist",
        ),
        (
            "`times` states",
            "`count` states",
            ".fill refers to `count`, which does not exist",
        ),
        (
            "with `Box`",
            "with `compare.no_such_module`",
            " refers to `compare.no_such_module`, which does not exist",
        ),
    ],
)
def test_a_planted_defect_of_a_docstring_is_found(planted, old, new, problem):
    assert old in COMPLETE
    found, name = planted(COMPLETE.replace(old, new))
    assert f"{name}{problem}" in found


def test_an_interface_that_imports_a_framework_is_found(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", ModuleType("tensorflow"))
    assert "the interface imports tensorflow" in find_problems(["compare.errors"])


def test_an_annotation_that_cannot_be_evaluated_stops_the_pages(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    text = COMPLETE.replace("size: int\n", 'size: "no_such_type"\n')
    (tmp_path / "planted_annotation.py").write_text(text)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match="no_such_type"):
            write_pages(tmp_path / "api", ["planted_annotation"])
