"""Translated lessons: an overlay with digests; what does not fit is in English."""

from __future__ import annotations

import pytest

from compare.study import translation
from compare.study.guide import load_guide
from compare.study.ladder import lesson_names
from compare.study.lesson import load_lesson
from compare.study.translation import (
    FOLDER,
    MARKS,
    Language,
    Overlay,
    UnitState,
    collect_texts,
    count_states,
    find_broken,
    hash_unit,
    list_units,
    load_words,
    translate_lesson,
)
from tests.support.pages import english_words

LESSON = "autograd"
KOREAN = Language.KOREAN


@pytest.fixture
def overlay(monkeypatch):
    """Return a function that sets the translation of every lesson."""

    def put(texts, sources):
        found = Overlay(texts=texts, sources=sources)
        monkeypatch.setattr(translation, "_load_overlay", lambda *_: found)

    return put


def unit(key):
    return next(each for each in list_units(LESSON, KOREAN) if each.key == key)


def test_a_unit_with_the_digest_of_its_source_is_shown(overlay):
    english = load_lesson(LESSON).title
    overlay({"title": "자동 미분"}, {"title": hash_unit(english)})
    assert unit("title").state is UnitState.TRANSLATED
    entry, _ = translate_lesson(LESSON, KOREAN)
    assert entry.title == "자동 미분"


def test_a_unit_whose_source_has_changed_is_in_english_and_marked(overlay):
    overlay({"title": "자동 미분"}, {"title": hash_unit("another title")})
    assert unit("title").state is UnitState.STALE
    entry, guide = translate_lesson(LESSON, KOREAN)
    assert entry.title == f"{MARKS[KOREAN]} {load_lesson(LESSON).title}"
    assert guide.recap == f"{MARKS[KOREAN]} {load_guide(LESSON).recap}"


@pytest.mark.parametrize(
    ("english", "text", "broken"),
    [
        ("`loss` is {{ losses[0]|figure }}", "`loss`는 {{ losses[0]|figure }}", []),
        ("is {{ a|figure }}", "{{ a|figure|particle('은') }} 값", []),
        ("is {{ a|figure }}", "값이다", ["{{a|figure}}"]),
        ("is {{ a|figure }}", "{{ b|figure }}", ["{{a|figure}}", "{{b|figure}}"]),
        ("use `no_grad`", "쓴다", ["`no_grad`"]),
        ("use it", "`no_grad`를 쓴다", ["`no_grad`"]),
        ("{{ a }} and {{ a }}", "{{ a }}", ["{{a}}"]),
    ],
)
def test_values_and_codes_of_a_translation_are_those_of_the_source(
    english, text, broken
):
    assert find_broken(english, text) == broken


def test_the_english_edition_has_no_marks():
    entry, guide = translate_lesson(LESSON, Language.ENGLISH)
    assert entry == load_lesson(LESSON)
    assert guide == load_guide(LESSON)


def test_every_text_of_a_lesson_is_a_unit():
    keys = collect_texts(load_lesson(LESSON), load_guide(LESSON))
    steps = load_lesson(LESSON).lesson.steps
    assert {f"steps/{step}" for step in steps} < set(keys)
    assert {"title", "introduction", "exercise/answer", "recap", "goals/0"} < set(keys)


@pytest.mark.parametrize("name", lesson_names())
def test_no_stored_unit_is_stale_broken_or_unknown(name):
    units = {each.key: each for each in list_units(name, KOREAN)}
    path = FOLDER / KOREAN / f"{name}.toml"
    stored = translation._load_overlay(name, KOREAN)  # the file itself
    if path.exists():
        assert {*stored.texts} <= {*units}
    wrong = [
        (each.key, each.state, find_broken(each.english, each.text))
        for each in units.values()
        if each.state in (UnitState.STALE, UnitState.BROKEN)
    ]
    assert not wrong


def test_every_word_of_the_pages_is_translated():
    assert english_words() <= {*load_words(KOREAN)}


def test_units_are_counted():
    counts = count_states(KOREAN)
    assert sum(counts.values()) > 1000
    assert counts[UnitState.STALE] == counts[UnitState.BROKEN] == 0


def test_the_command_lists_units_that_are_not_translated(cli):
    done = cli("study", "--translations")
    assert done.code == 0
    assert "translated" in done.out
