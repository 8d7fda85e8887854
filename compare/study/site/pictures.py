"""The pictures of a lesson, drawn of what its programs returned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.frameworks import frameworks
from compare.study.prose import filled, known
from compare.study.site.columns import title_of
from compare.study.site.images import images
from compare.study.site.lines import lines
from compare.study.site.wording import inline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markupsafe import Markup

    from compare.contract import Array
    from compare.study.lesson import Entry, Picture
    from compare.study.results import Results


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A picture as HTML, and what stands under it."""

    caption: Markup
    content: Markup  # empty where nothing ran that it could be drawn of


def drawn(entry: Entry, results: Results, *, step: str) -> Iterator[Drawn]:
    """The pictures that belong under a step."""
    for number, picture in enumerate(entry.lesson.pictures):
        if picture.step == step:
            arrays = _arrays(picture, entry, results)
            if picture.kind == "images":
                content = images(arrays)
            else:
                content = lines(picture, arrays=arrays, ident=f"picture-{number}")
            caption = inline(filled(picture.caption, entry, results))
            yield Drawn(caption=caption, content=content)


def _arrays(picture: Picture, entry: Entry, results: Results) -> dict[str, Array]:
    """What the legend calls it -> an array; one a framework of what each has its own.

    The array of the horizontal axis is called by its name.
    """
    found = {}
    numbers = known(entry, results)
    for name, legend in {picture.x: picture.x, **picture.arrays}.items():
        if name in numbers:
            found[legend] = numbers[name]
        for framework in frameworks().values() if name in entry.lesson.own else ():
            arrays = numbers.get(framework.name, {})
            if name in arrays:
                found[f"{legend} ({title_of(framework)})"] = arrays[name]
    return found
