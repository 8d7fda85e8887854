"""The release notes of the distributions: a section of ``CHANGELOG.md``.

``make dist`` writes them next to the wheel.
"""

from __future__ import annotations

import re

UNRELEASED = "Unreleased"
HEADING = re.compile(r"^## (?P<name>.+)\n", re.MULTILINE)
FILE = "RELEASE_NOTES.md"


class NoSectionError(Exception):
    """The changelog lacks what the release notes need."""


def split_sections(changelog: str) -> dict[str, str]:
    """Return the name of each section -> its text, in the order of the changelog."""
    _, *parts = HEADING.split(changelog)
    return {
        name.strip(): text.strip()
        for name, text in zip(parts[::2], parts[1::2], strict=True)
    }


def make_release_notes(changelog: str, version: str) -> str:
    """Return the notes of a version, or of what was changed after it.

    Raises:
        NoSectionError: the changelog has no section of this version, or an empty one.
    """
    sections = split_sections(changelog)
    if not sections.get(version):
        names = ", ".join(sections) or "none"
        raise NoSectionError(
            f"CHANGELOG.md: expected a section {version} with entries, the version in "
            f"compare/__init__.py; received {names}"
        )
    if later := sections.get(UNRELEASED):
        return f"# graph-compare after {version}, not released\n\n{later}\n"
    return f"# graph-compare {version}\n\n{sections[version]}\n"
