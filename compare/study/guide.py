"""The parts of a lesson that guide a learner: goals, questions, exercises, a recap.

They are in ``compare/study/guides/NAME.toml``. Texts are Markdown. Values of the
results are filled into answers and symptoms, as in `compare.study.lesson`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

EXERCISE = "exercise"  # instead of a step

FOLDER = Path(__file__).with_name("guides")


class GuidePart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base class of everything in the file."""


class Prediction(GuidePart, frozen=True, kw_only=True):
    """A question to answer before the step's result is read.

    Attributes:
        step: the step that answers it.
        text: the question.
        answer: with the values of the results.
    """

    step: str
    text: str
    answer: str


class Repair(GuidePart, frozen=True, kw_only=True):
    """An exercise: find the mistake that is planted into every program.

    Attributes:
        symptom: what a reader notices.
        hint: a question that leads to the mistake.
        mistake: text of a program -> its replacement. Each text occurs exactly once in
            the programs that contain it, and every program contains at least one.
    """

    symptom: str
    hint: str
    mistake: dict[str, str]


class Equivalent(GuidePart, frozen=True, kw_only=True):
    """The same task in several frameworks, for the cheat sheet.

    Attributes:
        task: a few words.
        code: framework -> a line of its program, or a part of one. Programs that do
            something else have no line.
    """

    task: str
    code: dict[str, str]


class Guide(GuidePart, frozen=True, kw_only=True):
    """What guides a learner through one lesson.

    Attributes:
        goals: what a reader is able to do afterwards; each completes "you can".
        builds_on: earlier lessons that are needed.
        write: the step that a reader writes in an exercise.
        recap: what to remember.
        quirks: differences between the frameworks that cause mistakes here.
        mistakes: those of `compare.debugging` that belong here.
        questions: to be answered before reading on.
        repair: the exercise with a mistake.
        equivalents: rows of the cheat sheet.
        absent: framework -> why it has no program of the lesson.
        only_in: framework -> step -> what only its program shows there. The steps' own
            paragraphs are about PyTorch and TensorFlow. The exercise counts as a step.
    """

    goals: tuple[str, ...]
    builds_on: tuple[str, ...]
    write: str
    recap: str
    quirks: tuple[str, ...]
    mistakes: tuple[str, ...] = ()
    questions: tuple[Prediction, ...] = msgspec.field(name="question")
    repair: Repair
    equivalents: tuple[Equivalent, ...] = msgspec.field(name="equivalent")
    absent: dict[str, str] = {}
    only_in: dict[str, dict[str, str]] = {}

    def find_only_in(self, framework: str, step: str) -> str:
        """Return what only a framework's program shows in a step; empty if nothing."""
        return self.only_in.get(framework, {}).get(step, "")


@cache
def load_guide(name: str) -> Guide:
    """Return the guide of a lesson."""
    return msgspec.toml.decode((FOLDER / f"{name}.toml").read_bytes(), type=Guide)
