"""Optional dependencies: what to install when one is missing."""

from __future__ import annotations

from importlib.util import find_spec

from compare.errors import UsageError

# extra of pyproject.toml -> the modules that it installs
EXTRAS = {
    "cluster": ("distributed",),
    "charts": ("altair", "vl_convert"),
    "graphs": ("igraph",),
    "history": ("ruptures",),
    "notebooks": ("nbformat",),
}


def require_extra(*extras: str, command: str) -> None:
    """Check that the modules of some extras are installed, without importing them.

    Raises:
        UsageError: a module is missing; the message names the extras to install.
    """
    missing = {
        extra: [module for module in EXTRAS[extra] if find_spec(module) is None]
        for extra in extras
    }
    needed = [extra for extra, modules in missing.items() if modules]
    if needed:
        modules = [module for extra in needed for module in missing[extra]]
        raise UsageError(
            f"{command}: needs {', '.join(modules)}, not installed in this Python "
            "environment. Install with: "
            f"pip install 'graph-compare[{','.join(needed)}]'"
        )
