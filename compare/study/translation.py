"""Lessons in another language: an overlay on the English prose, never a copy.

A unit of translation is a template, before its values are filled in. Each unit carries
a digest of the English text that it translates. If that text has changed, or if the
translation lacks a value or a code of the original, the unit is shown in English and
marked. `list_units` lists these units.

A translation is in ``compare/study/LANGUAGE/LESSON.toml``: `texts` by key, and the
digests by key, `sources`. ``site.toml`` has the words of the pages, ``terms.toml`` the
technical terms, both by their English text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from compare.study.guide import load_guide
from compare.study.ladder import lesson_names
from compare.study.lesson import load_lesson
from compare.study.prose import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from compare.study.guide import Guide
    from compare.study.lesson import LessonEntry

FOLDER = Path(__file__).parent
CODE = re.compile(r"`[^`]+`")
PARTICLE = re.compile(r"\|\s*particle\([^)]*\)")  # added by a translation


class Language(StrEnum):
    """A language of the lessons."""

    ENGLISH = "en"
    KOREAN = "ko"


MARKS = {Language.KOREAN: "*(영어)*"}  # before a text that is not translated


class UnitState(StrEnum):
    """Whether a unit can be shown in another language."""

    TRANSLATED = "translated"
    MISSING = "missing"
    STALE = "stale"  # the English text has changed
    BROKEN = "broken"  # a value or a code is in only one of the texts


class Overlay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The translation of one lesson."""

    texts: dict[str, str] = {}
    sources: dict[str, str] = {}


@dataclass(frozen=True, kw_only=True)
class TranslationUnit:
    """One text of a lesson, and its translation."""

    key: str
    english: str
    text: str
    state: UnitState


def list_units(lesson: str, language: Language) -> list[TranslationUnit]:
    """Return every unit of a lesson, in the order of its page."""
    overlay = _load_overlay(lesson, language)
    english = collect_texts(load_lesson(lesson), load_guide(lesson))
    return [_check_unit(key, text, overlay) for key, text in english.items()]


def count_states(language: Language) -> dict[UnitState, int]:
    """Return how many units of all lessons are in each state."""
    counts = dict.fromkeys(UnitState, 0)
    for lesson in lesson_names():
        for unit in list_units(lesson, language):
            counts[unit.state] += 1
    return counts


def translate_lesson(lesson: str, language: Language) -> tuple[LessonEntry, Guide]:
    """Return a lesson and its guide in a language; English units are marked."""
    entry, guide = load_lesson(lesson), load_guide(lesson)
    if language is Language.ENGLISH:
        return entry, guide
    texts = {
        unit.key: unit.text
        if unit.state is UnitState.TRANSLATED
        else f"{MARKS[language]} {unit.english}"
        for unit in list_units(lesson, language)
    }
    return _replace_texts(entry, guide, lambda key, _: texts[key])


def collect_texts(entry: LessonEntry, guide: Guide) -> dict[str, str]:
    """Return every text of a lesson and its guide by key."""
    found: dict[str, str] = {}

    def note(key: str, text: str) -> str:
        found[key] = text
        return text

    _replace_texts(entry, guide, note)
    return found


def hash_unit(english: str) -> str:
    """Return a digest of the English text of a unit; line breaks do not matter."""
    return sha256(" ".join(english.split()).encode()).hexdigest()[:10]


@cache
def load_words(language: Language) -> Mapping[str, str]:
    """Return the words of the pages in a language, by their English text."""
    return _load_pairs(language, "site.toml")


@cache
def load_terms(language: Language) -> Mapping[str, str]:
    """Return the technical terms in a language, by the English ones."""
    return _load_pairs(language, "terms.toml")


def find_broken(english: str, text: str) -> list[str]:
    """Return the values and codes that only one of a text and its translation has."""
    return [*_unshared(english, text, PLACEHOLDER), *_unshared(english, text, CODE)]


def _load_pairs(language: Language, file: str) -> dict[str, str]:
    if language is Language.ENGLISH:
        return {}
    content = (FOLDER / language / file).read_bytes()
    return msgspec.toml.decode(content, type=dict[str, str])


def _unshared(english: str, text: str, pattern: re.Pattern[str]) -> Iterator[str]:
    left = [_normalize(each) for each in pattern.findall(text)]
    for each in map(_normalize, pattern.findall(english)):
        if each in left:
            left.remove(each)
        else:
            yield each
    yield from left


def _normalize(piece: str) -> str:
    """Return a placeholder without a particle, or a code, without line breaks."""
    return "".join(PARTICLE.sub("", piece).split())


def _check_unit(key: str, english: str, overlay: Overlay) -> TranslationUnit:
    text = overlay.texts.get(key, "")
    if not text:
        state = UnitState.MISSING
    elif overlay.sources.get(key) != hash_unit(english):
        state = UnitState.STALE
    elif find_broken(english, text):
        state = UnitState.BROKEN
    else:
        state = UnitState.TRANSLATED
    return TranslationUnit(key=key, english=english, text=text, state=state)


@cache
def _load_overlay(lesson: str, language: Language) -> Overlay:
    path = FOLDER / language / f"{lesson}.toml"
    if not path.exists():
        return Overlay()
    return msgspec.toml.decode(path.read_bytes(), type=Overlay)


def _replace_texts(
    entry: LessonEntry, guide: Guide, change: Callable[[str, str], str]
) -> tuple[LessonEntry, Guide]:
    """Return a lesson and its guide with each text replaced, given its key."""
    lesson, exercise = entry.lesson, entry.lesson.exercise
    translated = replace(
        entry,
        title=change("title", entry.title),
        introduction=change("introduction", entry.introduction),
        lesson=replace(
            lesson,
            steps={n: change(f"steps/{n}", text) for n, text in lesson.steps.items()},
            pictures=tuple(
                replace(each, caption=change(f"captions/{number}", each.caption))
                for number, each in enumerate(lesson.pictures)
            ),
            own={n: change(f"own/{n}", text) for n, text in lesson.own.items()},
            exercise=replace(
                exercise,
                task=change("exercise/task", exercise.task),
                answer=change("exercise/answer", exercise.answer),
            ),
        ),
    )
    new = msgspec.structs.replace
    return translated, new(
        guide,
        goals=tuple(
            change(f"goals/{number}", goal) for number, goal in enumerate(guide.goals)
        ),
        questions=tuple(
            new(
                each,
                text=change(f"questions/{number}/text", each.text),
                answer=change(f"questions/{number}/answer", each.answer),
            )
            for number, each in enumerate(guide.questions)
        ),
        repair=new(
            guide.repair,
            symptom=change("repair/symptom", guide.repair.symptom),
            hint=change("repair/hint", guide.repair.hint),
        ),
        recap=change("recap", guide.recap),
        equivalents=tuple(
            new(each, task=change(f"equivalents/{number}", each.task))
            for number, each in enumerate(guide.equivalents)
        ),
        absent={
            framework: change(f"absent/{framework}", text)
            for framework, text in guide.absent.items()
        },
        only_in={
            framework: {
                step: change(f"only_in/{framework}/{step}", text)
                for step, text in texts.items()
            }
            for framework, texts in guide.only_in.items()
        },
    )
