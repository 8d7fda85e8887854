"""The parts of a lesson besides its programs.

A lesson is a module ``compare/study/lessons/NAME.py``. Its docstring contains the title
and an introduction, and ``LESSON`` contains the rest. If the lesson is small enough, a
function ``expected`` computes the same arrays with NumPy alone.

All prose is Markdown. A number that the programs compute is filled in from their
results, in Jinja's notation: ``{{ losses[-1]|figure }}``, or ``{{ torch.nodes }}``
where the frameworks differ. Numbers from the code of the programs may be quoted as
code.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from inspect import cleandoc
from typing import TYPE_CHECKING, Literal

from compare.errors import unknown_name
from compare.study.ladder import lesson_names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from compare.contract import Arrays, Need


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """A change to make to every program, and its effect.

    Args:
        task: what to change and what to observe.
        change: text to replace -> its replacement. Each text occurs exactly once in
            the programs that contain it, and every program contains at least one.
        answer: the observation; ``before`` and ``after`` are the agreed arrays.
        holds: a function of the arrays before and after the change that returns
            whether the answer is correct.
    """

    task: str
    change: Mapping[str, str]
    answer: str
    holds: Callable[[Arrays, Arrays], bool]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Arrays shown as a line chart or as grey-scale images, below a step.

    Args:
        step: the step below which the picture is shown.
        caption: the text below the picture.
        arrays: name of an array -> its name in the legend.
        kind: how the arrays are drawn.
        x: the array of the horizontal axis; empty for the position.
        x_title: the title of the horizontal axis.
        y_title: the title of the vertical axis.
        x_log: whether the horizontal axis is logarithmic.
        y_log: whether the vertical axis is logarithmic.
    """

    step: str
    caption: str
    arrays: Mapping[str, str]
    kind: Literal["lines", "images"] = "lines"
    x: str = ""
    x_title: str = ""
    y_title: str = ""
    x_log: bool = False
    y_log: bool = False


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """The prose of a lesson, and how to check it.

    Args:
        steps: each step of the programs -> one paragraph on what happens and why.
        apis: framework -> public names that the program uses, linked to their
            documentation.
        exercise: a change to the programs, with its answer.
        own: arrays that differ by framework -> why they cannot be equal.
        pictures: what to draw of the arrays.
        needs: framework -> what its program requires besides the framework.
    """

    steps: Mapping[str, str]
    apis: Mapping[str, tuple[str, ...]]
    exercise: Exercise
    own: Mapping[str, str] = field(default_factory=dict)
    pictures: tuple[Picture, ...] = ()
    needs: Mapping[str, tuple[Need, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class LessonEntry:
    """A lesson and what was read from its module."""

    name: str
    title: str
    introduction: str
    lesson: Lesson
    expected: Callable[[], Arrays] | None  # the same arrays, computed with NumPy


@cache
def load_lesson(name: str) -> LessonEntry:
    """Return the lesson with this name.

    Raises:
        UsageError: no lesson has this name.
    """
    known = lesson_names()
    if name not in known:
        raise unknown_name(
            "lesson", name, expected=known, listed_by="graph-compare study"
        )
    module = import_module(f"compare.study.lessons.{name}")
    title, _, introduction = cleandoc(module.__doc__ or "").partition("\n\n")
    expected = getattr(module, "expected", None)
    return LessonEntry(
        name=name,
        title=title.removesuffix("."),
        introduction=introduction,
        lesson=module.LESSON,
        expected=cache(expected) if expected else None,
    )
