"""The release notes are the section of the version, or of what follows it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from compare import __version__
from tests.checks.release_notes import (
    UNRELEASED,
    NoSectionError,
    make_release_notes,
    split_sections,
)

CHANGELOG = (Path(__file__).parents[2] / "CHANGELOG.md").read_text("utf-8")
TEXT = """# Changelog

## Unreleased

### Added

- Later.

## 1.1.0

- Second.

## 1.0.0

- First.
"""


def test_the_changelog_has_the_version_of_the_package():
    sections = split_sections(CHANGELOG)
    assert sections[__version__]
    notes = make_release_notes(CHANGELOG, __version__)
    assert notes.endswith(f"{sections.get(UNRELEASED) or sections[__version__]}\n")


def test_changes_after_the_version_are_named_as_not_released():
    assert make_release_notes(TEXT, "1.1.0") == (
        "# graph-compare after 1.1.0, not released\n\n### Added\n\n- Later.\n"
    )


@pytest.mark.parametrize("unreleased", ["", "## Unreleased\n\n"])
def test_a_release_has_its_own_section_alone(unreleased):
    released = re.sub(r"## Unreleased.*?(?=## 1)", unreleased, TEXT, flags=re.DOTALL)
    assert (
        make_release_notes(released, "1.1.0") == "# graph-compare 1.1.0\n\n- Second.\n"
    )


@pytest.mark.parametrize(
    ("text", "version"),
    [
        (TEXT, "1.2.0"),
        (TEXT.replace("- Second.", ""), "1.1.0"),
        ("# Changelog\n", "1.1.0"),
    ],
    ids=["no section", "an empty one", "no sections"],
)
def test_a_version_without_entries_is_refused(text, version):
    with pytest.raises(NoSectionError, match=f"expected a section {version}"):
        make_release_notes(text, version)
