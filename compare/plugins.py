"""What other distributions add: frameworks and workloads, declared as entry points.

Entry points are listed without importing anything and loaded where they are needed. One
that cannot be used is left out; a `PluginError` describes why in one sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from compare.contract import Framework
from compare.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from importlib.metadata import EntryPoint

Group = Literal["graph_compare.frameworks", "graph_compare.workloads"]

OWN = "graph-compare"  # the origin of what this distribution contains
FRAMEWORKS: Group = "graph_compare.frameworks"
WORKLOADS: Group = "graph_compare.workloads"


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """One entry point of another distribution."""

    entry: EntryPoint
    distribution: str
    version: str

    @property
    def name(self) -> str:
        """Name of the framework or workload."""
        return self.entry.name

    @property
    def origin(self) -> str:
        """The distribution and its version."""
        return f"{self.distribution} {self.version}"

    def __str__(self) -> str:
        """Return the kind, the name and the origin."""
        kind = self.entry.group.rpartition(".")[2].removesuffix("s")
        return f"{kind} {self.name} of {self.origin}"


class PluginError(UsageError):
    """Something that another distribution adds cannot be used.

    Attributes:
        plugin: its entry point.
        problem: what was expected and received.
        fix: what to do.
    """

    def __init__(
        self, plugin: Plugin, *, expected: str, received: str, fix: str
    ) -> None:
        self.plugin, self.fix = plugin, fix
        self.problem = f"{plugin}: expected {expected}; received {received}"
        super().__init__(f"{self.problem}; {fix}")


@cache
def list_plugins(group: Group) -> tuple[Plugin, ...]:
    """Return the entry points of a group, sorted by distribution and name."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow to import

    found = [
        Plugin(entry=each, distribution=each.dist.name, version=each.dist.version)
        for each in entry_points(group=group)
        if each.dist is not None
    ]
    return tuple(sorted(found, key=lambda each: (each.distribution, each.name)))


def load_plugin(plugin: Plugin) -> Any:  # noqa: ANN401 - a package or a class
    """Import and return what an entry point names.

    Raises:
        PluginError: that fails, for whatever reason.
    """
    try:
        return plugin.entry.load()
    except Exception as error:
        raise PluginError(
            plugin,
            expected=f"{plugin.entry.value} to be importable",
            received=f"{type(error).__name__}: {error}",
            fix=f"reinstall or uninstall {plugin.distribution}",
        ) from error


def require_free_name(plugin: Plugin, taken: Mapping[str, str]) -> None:
    """Refuse a name that is taken, or that tables and options cannot contain.

    Args:
        plugin: whose name is checked.
        taken: name -> origin.

    Raises:
        PluginError: the name cannot be used.
    """
    fix = f"rename the entry point in {plugin.distribution}, or uninstall it"
    if not plugin.name.isidentifier():
        raise PluginError(
            plugin,
            expected="a name of letters, digits and underscores",
            received=f'"{plugin.name}"',
            fix=fix,
        )
    if plugin.name in taken:
        raise PluginError(
            plugin,
            expected="a name that is not taken",
            received=f'"{plugin.name}", which is also a name in {taken[plugin.name]}',
            fix=fix,
        )


@dataclass(frozen=True, kw_only=True)
class PluginFrameworks:
    """The frameworks of other distributions.

    Attributes:
        frameworks: those that can be used.
        origins: their distributions, by name.
        refused: why others cannot be used.
    """

    frameworks: tuple[Framework, ...]
    origins: Mapping[str, str]
    refused: tuple[PluginError, ...]


def find_frameworks(
    own: Sequence[Framework], *, describe_origin: Callable[[Framework], str]
) -> PluginFrameworks:
    """Return the frameworks that entry points add to those of this distribution.

    Args:
        own: the frameworks that are found in another way.
        describe_origin: returns the origin of one of them.
    """
    used = {each.name: each for each in own}
    origins = {name: describe_origin(each) for name, each in used.items()}
    packages = {each.package for each in own}
    added: list[Framework] = []
    refused: list[PluginError] = []
    for plugin in list_plugins(FRAMEWORKS):
        if plugin.entry.value in packages:  # found in another way as well
            continue
        try:
            require_free_name(plugin, origins)
            framework = _load_framework(plugin)
            _require_free_rank(plugin, framework, used=used, origins=origins)
        except PluginError as error:
            refused.append(error)
        else:
            used[plugin.name] = framework
            origins[plugin.name] = plugin.origin
            added.append(framework)
    return PluginFrameworks(
        frameworks=tuple(added), origins=origins, refused=tuple(refused)
    )


def _load_framework(plugin: Plugin) -> Framework:
    """Return the declaration of a package.

    Raises:
        PluginError: it cannot be imported, or declares something else.
    """
    package = load_plugin(plugin)
    declared = getattr(package, "FRAMEWORKS", None)
    fix = f"update {plugin.distribution}, or uninstall it"
    if not hasattr(package, "__path__"):
        raise PluginError(
            plugin, expected="a package", received=f"{package!r}", fix=fix
        )
    if not (
        declared
        and isinstance(declared, tuple)
        and all(isinstance(each, Framework) for each in declared)
    ):
        raise PluginError(
            plugin,
            expected="compare.contract.Framework in a tuple, "
            f"{plugin.entry.value}.FRAMEWORKS",
            received="nothing" if declared is None else f"{declared!r}",
            fix=fix,
        )
    stated: tuple[Framework, ...] = declared
    for each in stated:
        if (each.name, each.package) == (plugin.name, plugin.entry.value):
            return each
    received = (f"{each.name} and {each.package}" for each in declared)
    raise PluginError(
        plugin,
        expected=f"a framework with name {plugin.name} and package "
        f"{plugin.entry.value}, as the entry point states",
        received=", ".join(received),
        fix=fix,
    )


def _require_free_rank(
    plugin: Plugin,
    framework: Framework,
    *,
    used: Mapping[str, Framework],
    origins: Mapping[str, str],
) -> None:
    """Refuse a rank that another framework has.

    Raises:
        PluginError: the rank is taken.
    """
    for other in used.values():
        if other.rank == framework.rank:
            raise PluginError(
                plugin,
                expected="a rank that no other framework has",
                received=f"{framework.rank}, the rank of {other.name} in "
                f"{origins[other.name]}",
                fix=f"change the rank in {plugin.distribution}, or uninstall it",
            )
