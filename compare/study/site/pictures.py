"""The pictures of a lesson, drawn from the arrays of its programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare.frameworks import frameworks_with
from compare.study.prose import collect_values, fill_values
from compare.study.site.columns import framework_title
from compare.study.site.images import render_images
from compare.study.site.lines import render_lines
from compare.study.site.markdown import inline_html

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markupsafe import Markup

    from compare.contract import Array
    from compare.study.lesson import LessonEntry, Picture
    from compare.study.results import LessonResults


@dataclass(frozen=True, kw_only=True)
class RenderedPicture:
    """A picture as HTML, and its caption."""

    caption: Markup
    content: Markup  # empty if no program computed its arrays


def render_pictures(
    entry: LessonEntry, results: LessonResults, *, step: str
) -> Iterator[RenderedPicture]:
    """Yield the pictures that belong to a step."""
    for number, picture in enumerate(entry.lesson.pictures):
        if picture.step == step:
            arrays = _collect_arrays(picture, entry, results)
            if picture.kind == "images":
                content = render_images(arrays)
            else:
                content = render_lines(
                    picture, arrays=arrays, ident=f"picture-{number}"
                )
            caption = inline_html(fill_values(picture.caption, entry, results))
            yield RenderedPicture(caption=caption, content=content)


def _collect_arrays(
    picture: Picture, entry: LessonEntry, results: LessonResults
) -> dict[str, Array]:
    """Return name in the legend -> array.

    An array that differs by framework appears once per framework. The array of the
    horizontal axis keeps its own name.
    """
    found = {}
    values = collect_values(entry, results)
    for name, legend in {picture.x: picture.x, **picture.arrays}.items():
        if name in values:
            found[legend] = values[name]
        for framework in (
            frameworks_with("lessons").values() if name in entry.lesson.own else ()
        ):
            arrays = values.get(framework.name, {})
            if name in arrays:
                found[f"{legend} ({framework_title(framework)})"] = arrays[name]
    return found
