"""The page of lecture notes leads to lessons that exist."""

from __future__ import annotations

import pytest

from compare.study.ladder import lesson_names
from compare.study.notes import load_notes
from compare.study.site.notes_page import build_notes_page
from tests.support.page import Page

CONCEPTS = [concept for note in load_notes() for concept in note.concepts]
CORRECTIONS = [each for note in load_notes() for each in note.corrections]


def test_every_concept_of_the_five_notes_is_decided():
    assert len(load_notes()) == 5
    assert len(CONCEPTS) == 136
    assert all(concept.lessons or concept.missing for concept in CONCEPTS)


def test_every_lesson_that_is_named_exists():
    named = {name for each in (*CONCEPTS, *CORRECTIONS) for name in each.lessons}
    assert named <= set(lesson_names())


def test_the_number_of_complete_concepts_leaves_out_those_with_a_gap():
    page = build_notes_page([])
    assert page.concepts == 136
    gaps = [each for each in CONCEPTS if each.missing or not each.lessons]
    assert page.complete == 136 - len(gaps)


@pytest.mark.torch
@pytest.mark.tf
def test_the_page_lists_every_concept(site):
    page = Page((site / "notes.html").read_text("utf-8"))
    rows = [each["text"] for each in page.all("th") if each.get("scope") == "row"]
    assert rows == [concept.text for concept in CONCEPTS]
