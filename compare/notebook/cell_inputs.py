"""Read the inputs that follow ``%%compare``: shapes, and variables of the notebook."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.errors import UsageError
from compare.targets.parsing import INPUT, parse_inputs
from compare.workloads.target import ArraySpec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from compare.contract import Array

SEED = 0
NAMED = re.compile(r"(?P<name>[^\W\d]\w*)=(?!=)(?P<value>.+)", re.DOTALL)
OPENING, CLOSING, QUOTES = "([{", ")]}", "\"'"


def split_words(line: str) -> list[str]:
    """Return the words of a line; a space within brackets or quotes separates none.

    Quotes around a whole word are removed.
    """
    words, word, depth, quote = list[str](), "", 0, ""
    for character in line:
        if quote:
            quote = "" if character == quote else quote
        elif character in QUOTES:
            quote = character
        elif character in OPENING + CLOSING:
            depth += 1 if character in OPENING else -1
        if character.isspace() and depth <= 0 and not quote:
            words.append(word)
            word = ""
        else:
            word += character
    return [_unquote(each) for each in [*words, word] if each]


def _unquote(word: str) -> str:
    is_quoted = word[0] in QUOTES and word[0] == word[-1] and len(word) > 1
    return word[1:-1] if is_quoted and word[0] not in word[1:-1] else word


def read_cell_inputs(
    words: Sequence[str], evaluate: Callable[[str], object]
) -> tuple[Any, ...] | dict[str, Any]:
    """Return the positional or the named arguments of a call.

    Args:
        words: each is ``float32:8x10``, a Python expression of the notebook, or one of
            these after ``NAME=``. A tuple of sizes, such as ``(8, 10)``, is the shape
            of an array of normal numbers in float32.
        evaluate: returns the value of an expression.

    Raises:
        UsageError: an expression has no value, or only some arguments have names.
    """
    rng = np.random.default_rng(SEED)
    found = [(*_split_name(w), w) for w in words]
    values = [_read_value(text, evaluate, rng) for _, text, _ in found]
    names = [name for name, *_ in found]
    if not any(names):
        return tuple(values)
    if not all(names) or len(set(names)) < len(names):
        raise UsageError(
            "%%compare: expected a different name for each input, or no names; "
            f"received {' '.join(words)}"
        )
    return dict(zip(names, values, strict=True))


def _split_name(word: str) -> tuple[str, str]:
    match = NAMED.fullmatch(word)
    return (match["name"], match["value"]) if match else ("", word)


def _read_value(
    text: str, evaluate: Callable[[str], object], rng: np.random.Generator
) -> object:
    if INPUT.fullmatch(text):
        (spec,) = parse_inputs([text])
        return _draw(spec, rng, text)
    try:
        value = evaluate(text)
    except NameError as error:
        raise UsageError(
            f"%%compare: {error}. Expected a variable of the notebook, a shape such as "
            "x=(8, 10), or float32:8x10"
        ) from error
    except Exception as error:
        raise UsageError(
            f"%%compare: {text} has no value: {type(error).__name__}: {error}"
        ) from error
    shape = _as_shape(value)
    return _draw(ArraySpec(shape=shape), rng, text) if shape else value


def _as_shape(value: object) -> tuple[int, ...]:
    """Return a tuple of positive sizes; an empty one for any other value."""
    sizes = value if isinstance(value, tuple) else ()
    return sizes if all(type(size) is int and size > 0 for size in sizes) else ()


def _draw(spec: ArraySpec, rng: np.random.Generator, text: str) -> Array:
    is_wide = text.startswith("float64:")
    return spec.draw(rng, dtype="float64" if is_wide else "float32")
