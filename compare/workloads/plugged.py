"""Workloads of other distributions, found by their entry points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any

from compare.contract import Workload
from compare.plugins import (
    WORKLOADS,
    PluginError,
    list_plugins,
    load_plugin,
    require_free_name,
)

if TYPE_CHECKING:
    from compare.plugins import Plugin

HARNESS = "compare"
MEMBERS = tuple(name for name in vars(Workload) if not name.startswith("_"))


@dataclass(frozen=True, kw_only=True)
class PluginWorkloads:
    """The workloads that entry points add; no class is loaded yet.

    Attributes:
        plugins: entry points by name.
        refused: why the names of others cannot be used.
    """

    plugins: Mapping[str, Plugin]
    refused: tuple[PluginError, ...]


def find_workloads(taken: Mapping[str, str]) -> PluginWorkloads:
    """Return the workloads that entry points add.

    Args:
        taken: name of a workload that exists -> where it comes from.
    """
    origins = dict(taken)
    plugins: dict[str, Plugin] = {}
    refused: list[PluginError] = []
    for plugin in list_plugins(WORKLOADS):
        try:
            require_free_name(plugin, origins)
        except PluginError as error:
            refused.append(error)
        else:
            plugins[plugin.name] = plugin
            origins[plugin.name] = plugin.origin
    return PluginWorkloads(plugins=plugins, refused=tuple(refused))


def load_class(plugin: Plugin) -> Any:  # noqa: ANN401 - each workload's own class
    """Return the class of a workload.

    Raises:
        PluginError: it cannot be imported, or is no workload.
    """
    found = load_plugin(plugin)
    if problem := _find_problem(found):
        raise PluginError(
            plugin,
            expected="a dataclass with the members of compare.contract.Workload",
            received=problem,
            fix=f"update {plugin.distribution}, or uninstall it",
        )
    return found


def _find_problem(found: Any) -> str:  # noqa: ANN401 - whatever an entry point names
    """Return why an object is no class of workloads; empty if it is one."""
    if not isinstance(found, type) or not is_dataclass(found):
        return f"{found!r}"
    own = {field.name: field for field in fields(found)}
    if missing := [n for n in MEMBERS if n not in own and not hasattr(found, n)]:
        return f"one without {', '.join(missing)}"
    for name, field in own.items():
        if field.default is MISSING and field.default_factory is MISSING:
            return f"one whose field {name} has no default"
    models = list_models(found)
    if not isinstance(models, Mapping) or not all(":" in m for m in models.values()):
        return f"one whose models are {models!r}, not names such as module:Class"
    return ""


def list_models(workload: object) -> Mapping[str, str]:
    """Return the models that a workload or its class brings, by framework."""
    models: Mapping[str, str] = getattr(workload, "models", {})
    return models


def collect_packages(found: type) -> list[str]:
    """Return the packages with the code of a class of workloads and of its models."""
    modules = [found.__module__, *list_models(found).values()]
    tops = {module.partition(":")[0].partition(".")[0] for module in modules}
    return sorted(tops - {HARNESS})
