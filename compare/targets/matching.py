"""Propose which parameter of one model is which of another, and in which order of axes.

Parameters are paired by name, else by role and shape in their order. The order of axes
follows from what each framework declares about its layers. If several orders fit a
shape, the proposal lists the others, and a run tries them if the first one disagrees.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice, permutations, product
from typing import TYPE_CHECKING

from compare.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from compare.workloads.target import Placement

Axes = tuple[int, ...]  # empty: unchanged
Shape = tuple[int, ...]

MAX_COMBINATIONS = 16  # of ambiguous orders of axes that a run tries
# What the last part of a name means, however frameworks spell it.
ROLES = {
    "weight": ("weight", "kernel", "w", "gamma", "scale", "embeddings", "embedding"),
    "bias": ("bias", "b", "beta", "offset", "shift"),
    "mean": ("running_mean", "moving_mean", "mean"),
    "variance": ("running_var", "moving_variance", "moving_var", "variance", "var"),
    "recurrent": ("recurrent_kernel", "weight_hh"),
    "recurrent bias": ("bias_hh",),
}
SPELLED = {
    spelling: role for role, spellings in ROLES.items() for spelling in spellings
}
SPELLED |= {"weight_ih": "weight", "bias_ih": "bias", "depthwise_kernel": "weight"}
CHANNELS_LAST = {3: (0, 2, 1), 4: (0, 2, 3, 1), 5: (0, 2, 3, 4, 1)}
CHANNELS_FIRST = {3: (0, 2, 1), 4: (0, 3, 1, 2), 5: (0, 4, 1, 2, 3)}


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter or buffer of a model.

    Attributes:
        name: in the model.
        shape: in the model's own order of axes.
        is_trained: it is updated.
        axes: permute it into the canonical order of its kind of layer.
    """

    name: str
    shape: Shape
    is_trained: bool = True
    axes: Axes = ()

    @property
    def text(self) -> str:
        """The name with the shape."""
        return f"{self.name} {self.shape}"


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A placement of the second model, and what else would fit.

    Attributes:
        parameters: second name -> (first name, axes).
        alternatives: second name -> further orders of axes that fit its shape.
    """

    parameters: dict[str, tuple[str, Axes]]
    alternatives: dict[str, list[Axes]] = field(default_factory=dict)

    def combinations(self) -> Iterator[dict[str, tuple[str, Axes]]]:
        """Yield the proposal, then others, at most `MAX_COMBINATIONS`.

        Every combination is tried if there are few enough. Else all parameters are
        changed together, and each one alone.
        """
        names = list(self.alternatives)
        options = [(self.parameters[n][1], *self.alternatives[n]) for n in names]
        count = 1
        for each in options:
            count *= len(each)
        every = product(*options) if count <= MAX_COMBINATIONS else _few(options)
        for chosen in islice(every, MAX_COMBINATIONS):
            changed = {
                name: (self.parameters[name][0], axes)
                for name, axes in zip(names, chosen, strict=True)
            }
            yield {**self.parameters, **changed}


def propose(
    first: Sequence[Parameter], second: Sequence[Parameter], *, known: Placement | None
) -> Proposal:
    """Return how the second model's parameters follow from the first model's.

    Args:
        first: defines shared names and orders of axes.
        second: the parameters to be loaded.
        known: a user's mapping, which may contain only some parameters.

    Raises:
        UsageError: a parameter of either side is left over, or the mapping does not
            fit the models.
    """
    stated = dict(known.parameters) if known else {}
    require_fitting(stated, first, second)
    taken = {name for name, _ in stated.values()}
    pairs = pair_up(
        [each for each in first if each.name not in taken],
        [each for each in second if each.name not in stated],
    )
    paired = {one.name for one, _ in pairs} | taken
    theirs = {other.name for _, other in pairs} | set(stated)
    left = [each for each in first if each.name not in paired]
    extra = [each for each in second if each.name not in theirs]
    if left or extra:
        raise UsageError(_describe_left_over(left, extra))
    found, alternatives = dict(stated), {}
    for one, other in pairs:
        axes, *further = fitting_axes(one, other)
        found[other.name] = (one.name, axes)
        if further:
            alternatives[other.name] = further
    ordered = {each.name: found[each.name] for each in second}
    return Proposal(parameters=ordered, alternatives=alternatives)


def pair_up(
    first: Sequence[Parameter], second: Sequence[Parameter]
) -> list[tuple[Parameter, Parameter]]:
    """Return the pairs that names, or roles, shapes and order determine.

    Weights are paired first. Biases then follow from their layers.
    """
    prefixes = _common_prefix(first), _common_prefix(second)
    pairs: list[tuple[Parameter, Parameter]] = []

    def by_path(each: Parameter, side: int) -> Hashable:
        path = tuple(_layer(each.name)[len(prefixes[side]) :])
        return (*_shape_key(each), path, role_of(each.name)) if path else None

    def by_matrix(each: Parameter, side: int) -> Hashable:
        return by_role(each, side) if len(each.shape) > 1 else None

    def by_scale(each: Parameter, side: int) -> Hashable:
        return by_role(each, side) if role_of(each.name) == "weight" else None

    def by_layer(each: Parameter, side: int) -> Hashable:
        layers = {_layer(one.name): _layer(other.name) for one, other in pairs}
        layer = layers.get(_layer(each.name)) if side == 0 else _layer(each.name)
        return (*by_role(each, side), layer) if layer else None

    def by_role(each: Parameter, _: int) -> tuple[Hashable, ...]:
        return (*_shape_key(each), role_of(each.name))

    def by_shape(each: Parameter, _: int) -> Hashable:
        return _shape_key(each)

    rules = (by_path, by_matrix, by_layer, by_scale, by_layer, by_role, by_shape)
    ones, others = list(first), list(second)
    for rule in rules:
        new = _pair_by(rule, ones, others)
        if rule is by_shape:
            # Two known roles that differ, such as a scale and a shift, are no pair.
            new = [(a, b) for a, b in new if not (role_of(a.name) and role_of(b.name))]
        pairs += new
        ones = [each for each in ones if all(each is not a for a, _ in pairs)]
        others = [each for each in others if all(each is not b for _, b in pairs)]
    return pairs


def role_of(name: str) -> str:
    """Return what a parameter is in its layer; empty if its name does not show it."""
    last = re.sub(r"(_l\d+(_reverse)?|_\d+)$", "", _parts(name)[-1])
    return SPELLED.get(last, "")


def fitting_axes(one: Parameter, other: Parameter) -> list[Axes]:
    """Return the orders of axes that give the other shape, the most likely first.

    The convention of the layers is first. Further orders are listed if the shape leaves
    it open: a square matrix may be transposed, and a kernel whose convention does not
    fit may have any order that does.
    """
    usual = compose(one.axes, other.axes, rank=len(one.shape))
    straight = tuple(range(len(one.shape)))
    if permute_shape(one.shape, usual) == other.shape:
        turned = straight[::-1] if len(straight) == 2 else straight  # noqa: PLR2004
        candidates = [usual, straight, turned]
    else:
        candidates = [straight, *permutations(straight)]
    fitting = [
        axes for axes in candidates if permute_shape(one.shape, axes) == other.shape
    ]
    return [_shorten(axes) for axes in dict.fromkeys(fitting)]


def compose(one: Axes, other: Axes, *, rank: int) -> Axes:
    """Return the axes from one model's order to the other's, through the canonical."""
    to_canonical = one or tuple(range(rank))
    canonical_to_own = sorted(
        range(rank), key=(other or tuple(range(rank))).__getitem__
    )
    return tuple(to_canonical[axis] for axis in canonical_to_own)


def permute_shape(shape: Shape, axes: Axes) -> Shape:
    """Return the shape of an array after its axes are permuted."""
    return tuple(shape[axis] for axis in axes) if axes else shape


def array_axes(shape: Shape) -> list[Axes]:
    """Return the orders in which a framework may take an input, unchanged first."""
    moved = [CHANNELS_LAST.get(len(shape), ()), CHANNELS_FIRST.get(len(shape), ())]
    return list(dict.fromkeys([(), *moved]))


def output_axes(one: Shape, other: Shape) -> list[Axes]:
    """Return the orders of axes of an output that give the other shape."""
    return [axes for axes in array_axes(one) if permute_shape(one, axes) == other]


def require_fitting(
    stated: dict[str, tuple[str, Axes]],
    first: Sequence[Parameter],
    second: Sequence[Parameter],
) -> None:
    """Raise unless a mapping fits both models.

    Raises:
        UsageError: a name is unknown or occurs twice, or a shape does not fit.
    """
    ours = {each.name: each for each in first}
    theirs = {each.name: each for each in second}
    used: dict[str, str] = {}
    for name, (to, axes) in stated.items():
        for part, known in ((name, theirs), (to, ours)):
            if part not in known:
                listed = ", ".join(known)
                raise UsageError(
                    f'mapping: no parameter "{part}" in the model; it has {listed}'
                )
        if to in used:
            raise UsageError(
                f'mapping: expected each parameter once; "{to}" is the source of both '
                f'"{used[to]}" and "{name}"'
            )
        used[to] = name
        if axes and sorted(axes) != list(range(len(ours[to].shape))):
            raise UsageError(
                f'mapping: "{name}": expected axes that permute the '
                f"{len(ours[to].shape)} axes of {ours[to].text}; received {list(axes)}"
            )
        if permute_shape(ours[to].shape, axes) != theirs[name].shape:
            raise UsageError(
                f'mapping: "{name}": expected the shape {theirs[name].shape}; '
                f"{ours[to].text} with axes {list(axes)} has "
                f"{permute_shape(ours[to].shape, axes)}"
            )


def _pair_by(
    rule: Callable[[Parameter, int], Hashable],
    first: Sequence[Parameter],
    second: Sequence[Parameter],
) -> list[tuple[Parameter, Parameter]]:
    """Pair groups of the same key in their order, if they have the same length."""
    groups: dict[Hashable, tuple[list[Parameter], list[Parameter]]] = {}
    for side, each in [*((0, e) for e in first), *((1, e) for e in second)]:
        if (key := rule(each, side)) is not None:
            groups.setdefault(key, ([], []))[side].append(each)
    return [
        pair
        for ones, others in groups.values()
        if len(ones) == len(others)
        for pair in zip(ones, others, strict=True)
    ]


def _shape_key(each: Parameter) -> tuple[Hashable, ...]:
    return each.is_trained, tuple(sorted(each.shape))


def _parts(name: str) -> list[str]:
    return re.split(r"[./]", name.lower())


def _layer(name: str) -> tuple[str, ...]:
    return tuple(_parts(name)[:-1])


def _common_prefix(every: Sequence[Parameter]) -> list[str]:
    """Return the leading parts that all names share: the name of the model."""
    paths = [_parts(each.name)[:-1] for each in every]
    prefix: list[str] = []
    for parts in zip(*paths, strict=False):
        if len(set(parts)) > 1:
            break
        prefix.append(parts[0])
    return prefix


def _shorten(axes: Axes) -> Axes:
    return () if axes == tuple(range(len(axes))) else axes


def _few(options: Sequence[tuple[Axes, ...]]) -> Iterator[tuple[Axes, ...]]:
    """Yield the first options, then all second ones, then one change at a time."""
    first = tuple(each[0] for each in options)
    yield first
    yield tuple(each[1] for each in options)
    for number, each in enumerate(options):
        for axes in each[1:]:
            yield (*first[:number], axes, *first[number + 1 :])


def _describe_left_over(left: Sequence[Parameter], extra: Sequence[Parameter]) -> str:
    lines = ["TARGET: expected the same parameters in both models; left over are"]
    for title, side in (("first model", left), ("second model", extra)):
        lines.append(f"  {title}: {', '.join(e.text for e in side) or 'none'}")
    lines.append("Correct the port, or state the pairs in a file, --mapping FILE:")
    lines.append("  [parameters]")
    theirs = extra[0].name if extra else "name in the second model"
    ours = left[0].name if left else "name in the first model"
    rank = len(left[0].shape) if left else 1
    axes = f", axes = {list(range(rank))[::-1]}" if rank > 1 else ""
    lines.append(f'  "{theirs}" = {{ to = "{ours}"{axes} }}')
    return "\n".join(lines)
