"""Encodings that several charts share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import altair as alt

from compare.render.palette import INK

# Altair annotates its methods with unions and Any, so that no closer type holds.
Drawing: TypeAlias = Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from compare.render.palette import Look
    from compare.render.svg import Spec

# A Vega expression: a number in the shortest notation.
SHORT = (
    "abs(datum.value) < 0.001 && datum.value != 0"
    " ? format(datum.value, '~e') : format(datum.value, '~g')"
)
NAME_WIDTH = 124  # the longest name of a variant, in pixels


def encode_variants(order: Sequence[str]) -> alt.Y:
    """Return the y encoding: one row per variant, with labels of one width."""
    return alt.Y(
        "variant:N",
        sort=list(order),
        title=None,
        scale=alt.Scale(paddingInner=0.25),
        axis=alt.Axis(
            labelLimit=NAME_WIDTH,
            minExtent=NAME_WIDTH,
            maxExtent=NAME_WIDTH,
            labelColor=INK,
            labelPadding=6,
            ticks=False,
            domain=False,
        ),
    )


@dataclass(frozen=True, kw_only=True)
class LookEncodings:
    """How a variant's lines and points look."""

    colour: alt.Color
    dash: alt.StrokeDash
    shape: alt.Shape


def encode_looks(look: Mapping[str, Look], *, legend: alt.Legend) -> LookEncodings:
    """Return the encodings of variants by colour, dash and shape, with one legend."""
    return LookEncodings(
        colour=alt.Color(
            "variant:N", scale=make_scale(look, "colour"), title=None, legend=legend
        ),
        dash=alt.StrokeDash("variant:N", scale=make_scale(look, "dash"), legend=None),
        shape=alt.Shape(
            "variant:N", scale=make_scale(look, "shape"), title=None, legend=legend
        ),
    )


def layer_estimates(
    base: alt.Chart, *, x: alt.X, y: alt.Y, looks: LookEncodings
) -> list[alt.Chart]:
    """Return intervals, lines and points of variants.

    Args:
        base: a chart whose rows have ``low`` and ``high``.
        x: the encoding of the horizontal position.
        y: that of the estimate.
        looks: those of the variants.
    """
    return [
        base.mark_rule(strokeWidth=2).encode(
            x=x, y="low:Q", y2="high:Q", color=looks.colour
        ),
        base.mark_line(strokeWidth=1.5).encode(
            x=x, y=y, color=looks.colour, strokeDash=looks.dash
        ),
        base.mark_point(filled=True, size=45, opacity=1).encode(
            x=x, y=y, color=looks.colour, shape=looks.shape
        ),
    ]


def make_spec(chart: Drawing, **data: Sequence[Mapping[str, Any]]) -> Spec:
    """Return the specification of a chart with its data sets, by name.

    The data is attached here, not given to Altair, because Altair copies and checks
    every row again at each method call.
    """
    spec: Spec = chart.to_dict(validate=False)
    return spec | {"datasets": spec.get("datasets", {}) | data}


def make_scale(look: Mapping[str, Look], name: str) -> alt.Scale:
    """Return the scale from variant to colour, dash or shape."""
    return alt.Scale(
        domain=list(look), range=[getattr(each, name) for each in look.values()]
    )
