"""Suites: what a run measures, as TOML files.

May import: `compare.errors`; `suite` also `compare.workloads` and `compare.runs`. This
module is imported by ``graph-compare list`` and stays light.

Public names:
    `BUILT_IN`: the names of the suites in this folder.
    `workload_names`: the workloads of a built-in suite.
    `suite.load_suite`: read and check a built-in suite or a user's file.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files

BUILT_IN = ("quick", "full", "dynamic", "fusion", "keras")


def read_built_in(name: str) -> str:
    """Return the TOML text of a built-in suite."""
    return files(__name__).joinpath(f"{name}.toml").read_text("utf-8")


def workload_names(name: str) -> set[str]:
    """Return the names of the workloads of a built-in suite, without building them."""
    tables = tomllib.loads(read_built_in(name))["workload"]
    return {table["name"] for table in tables}
