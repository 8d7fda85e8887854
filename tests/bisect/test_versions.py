"""The released versions of a package."""

from __future__ import annotations

import pytest

from compare.bisect.versions import list_versions, parse_range, select_range
from compare.errors import UsageError
from tests.support.planted_releases import PACKAGE, release

RELEASED = ["2.16.2", "2.17.0", "2.17.1", "2.18.0", "2.21.0"]


@pytest.fixture
def released(tmp_path, monkeypatch):
    """Let pip find some releases of a package that no index has."""

    def write(*versions):
        release(tmp_path / "released", dict.fromkeys(versions, ""))
        monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "released"))
        monkeypatch.setenv("PIP_NO_INDEX", "1")

    return write


def test_releases_are_listed_oldest_first_without_candidates(released):
    released("1.10.0", "1.9.1", "1.9.0", "2.0.0rc1")
    assert list_versions(PACKAGE) == ["1.9.0", "1.9.1", "1.10.0"]


def test_a_package_without_releases_is_refused(released):
    released("1.0")
    with pytest.raises(UsageError, match="that pip can install; received plantet: "):
        list_versions("plantet")


@pytest.mark.parametrize("text", ["2.17", "2.21..2.17", "2.17..2.17", "a..b", ".."])
def test_a_text_that_is_no_range_of_versions_is_refused(text):
    with pytest.raises(UsageError, match=r"such as 2\.17\.\.2\.21"):
        parse_range(text)


@pytest.mark.parametrize(
    ("first", "last", "chosen"),
    [
        ("2.17", "2.21", RELEASED[1:]),
        ("2.16", "2.17", RELEASED[:3]),
        ("2.17.1", "2.18.0", RELEASED[2:4]),
    ],
)
def test_both_ends_may_be_the_start_of_a_version(first, last, chosen):
    assert select_range(RELEASED, first=first, last=last) == chosen


def test_a_range_with_fewer_than_two_releases_is_refused():
    with pytest.raises(UsageError, match=r"found 2\.21\.0\. Released: .*2\.18\.0"):
        select_range(RELEASED, first="2.19", last="2.21")
