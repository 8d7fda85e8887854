"""What a lesson consists of besides its programs.

A lesson is a module ``compare/study/lessons/NAME.py``. Its docstring is the title and
an introduction, ``LESSON`` holds the rest, and where the lesson is small enough a
function ``expected`` computes the same arrays with NumPy alone.

All prose is Markdown. A number in it is taken from what the programs computed, in
Jinja's notation: ``{{ losses[-1]|figure }}``; ``{{ torch.nodes }}`` where the
frameworks differ. Numbers that stand in the programs' own code may be quoted as code.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from inspect import cleandoc
from typing import TYPE_CHECKING, Literal

from compare.errors import unknown_name
from compare.study.ladder import names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from compare.contract import Arrays, Need


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """A change to make to both programs, and what it does.

    Args:
        task: what to change and what to look for.
        change: what to replace -> what to put there. Each text stands exactly once in
            the programs that have it, and every program has at least one of them.
        answer: what is seen; ``before`` and ``after`` are the agreed arrays.
        holds: whether the answer is true, of the arrays before and after.
    """

    task: str
    change: Mapping[str, str]
    answer: str
    holds: Callable[[Arrays, Arrays], bool]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Arrays drawn as lines or as grey images, under the step they belong to.

    Args:
        step: below which it stands.
        arrays: name of an array -> what the legend calls it.
        x: the array along the horizontal axis; empty for the position.
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
        apis: framework -> public names that the program uses, to be looked up.
        own: arrays that each framework has its own of -> why they cannot be equal.
        pictures: what to draw of the arrays.
        needs: framework -> what its program needs besides it.
    """

    steps: Mapping[str, str]
    apis: Mapping[str, tuple[str, ...]]
    exercise: Exercise
    own: Mapping[str, str] = field(default_factory=dict)
    pictures: tuple[Picture, ...] = ()
    needs: Mapping[str, tuple[Need, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One lesson, read from its module."""

    name: str
    title: str
    introduction: str
    lesson: Lesson
    expected: Callable[[], Arrays] | None  # the same with NumPy


@cache
def find(name: str) -> Entry:
    """The lesson of this name.

    Raises:
        UsageError: there is none.
    """
    if name not in names():
        raise unknown_name(
            "lesson", name, expected=names(), listed_by="graph-compare study"
        )
    module = import_module(f"compare.study.lessons.{name}")
    title, _, introduction = cleandoc(module.__doc__ or "").partition("\n\n")
    expected = getattr(module, "expected", None)
    return Entry(
        name=name,
        title=title.removesuffix("."),
        introduction=introduction,
        lesson=module.LESSON,
        expected=cache(expected) if expected else None,
    )
