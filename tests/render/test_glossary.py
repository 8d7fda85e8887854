"""The glossary: one source for ``GLOSSARY.md`` and for every report."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from compare.render.glossary import TERMS, glossary_markdown, tabulate_glossary

GLOSSARY = Path(__file__).parents[2] / "GLOSSARY.md"
REGENERATE = (
    "GLOSSARY.md is generated. Edit compare/render/glossary.py, then run: python -c "
    '"from compare.render.glossary import *; print(glossary_markdown(), end=str())" '
    "> GLOSSARY.md"
)


def test_glossary_md_is_what_the_module_writes():
    assert GLOSSARY.read_text(encoding="utf-8") == glossary_markdown(), REGENERATE


def test_every_term_is_defined_once():
    names = Counter(term.name for terms in TERMS.values() for term in terms)
    assert [name for name, count in names.items() if count > 1] == []


def test_a_report_contains_only_the_terms_that_it_uses():
    terms = [row[0].text for row in tabulate_glossary().rows]
    assert "minimum detectable effect" in terms
    assert "lesson" not in terms


def test_no_meaning_breaks_the_table():
    meanings = [term.meaning for terms in TERMS.values() for term in terms]
    assert all("|" not in meaning and "\n" not in meaning for meaning in meanings)
    assert all(meaning.endswith(".") for meaning in meanings)
