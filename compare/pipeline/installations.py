"""Several installations of a framework in one run: ``tf@2.21`` and ``tf@2.20``.

Each installation has an interpreter of its own and is a framework of its own for the
rest of the harness: it has variants, workers, caches and rows. Where others of the same
framework are named, the one of this process gets its version as a label.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from compare.contract import LABEL_MARK, base_name
from compare.errors import UsageError, unknown_name
from compare.frameworks import (
    find_framework,
    find_missing_framework,
    frameworks,
    package_folder,
)
from compare.interpreters.environments import InstallError, make_environment
from compare.interpreters.interpreter import (
    WORKER_NEEDS,
    Interpreter,
    is_version_of,
    probe,
    read_interpreter,
    version_of,
)
from compare.pipeline.compile_cache import find_cache_folder
from compare.runs.ranges import require_name
from compare.runs.record import Installation
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from compare.contract import Framework
    from compare.runs.record import Request

# Not in the compile cache, which is kept small.
ENVIRONMENTS = "graph-compare-environments"
# FRAMEWORK[@LABEL]= before a requirement, whose own "==" is no such mark.
STATED = re.compile(r"(?P<name>[\w\[\]]+(@[\w.-]+)?)=(?!=)(?P<rest>.*)", re.DOTALL)
PINNED = re.compile(
    r"(?P<name>[\w.-]+)(\[[\w,.-]+\])?\s*(==\s*(?P<version>[\w.+!-]+))?"
)
HARNESS_ALONE = "harness-only"  # a folder with a link to `compare` alone
# What else is recorded of an interpreter, next to the framework.
RECORDED = ("numpy", "keras", "ml-dtypes", "jaxlib", "triton")

Installations = dict[str, Installation]


@dataclass(frozen=True, kw_only=True)
class Requirements:
    """A parsed ``--with``."""

    name: str  # of the framework, with a label
    requirements: tuple[str, ...]
    is_overlay: bool  # they name no framework


def read_installations(
    pythons: Iterable[str],
    requirements: Iterable[str],
    *,
    report: Callable[[str], None],
) -> Installations:
    """Return the installations that the options name, and those next to them.

    Args:
        pythons: ``FRAMEWORK[@LABEL]=PATH``.
        requirements: ``[FRAMEWORK[@LABEL]=]REQUIREMENT``, several separated by spaces.
        report: is called with a line before a long installation.

    Raises:
        UsageError: a text is malformed, or an interpreter cannot run the framework.
    """
    stated: Installations = {}
    for text in pythons:
        name, path = parse_python(text)
        _add(stated, name, use_interpreter(name, path), option="--python")
    for text in requirements:
        parsed = parse_requirements(text)
        _add(stated, parsed.name, install(parsed, report=report), option="--with")
    return label_defaults(stated)


def parse_python(text: str) -> tuple[str, str]:
    """Return the framework and the path of ``FRAMEWORK[@LABEL]=PATH``.

    Raises:
        UsageError: the text has another form.
    """
    name, equals, path = text.partition("=")
    if not equals or not path:
        raise UsageError(
            f"--python: expected FRAMEWORK=PATH or FRAMEWORK@LABEL=PATH, such as "
            f'tf@2.20=old/bin/python; received "{text}"'
        )
    return _require_framework(name, option="--python"), path


def parse_requirements(text: str) -> Requirements:
    """Return the requirements of ``[FRAMEWORK[@LABEL]=]REQUIREMENT``.

    The framework is that of the first distribution which contains one; the label is its
    version.

    Raises:
        UsageError: the text has another form, or names no framework.
    """
    stated = STATED.match(text)
    words = tuple((stated["rest"] if stated else text).split())
    parsed = [match for word in words if (match := PINNED.fullmatch(word))]
    if not words or len(parsed) < len(words):
        raise UsageError(
            "--with: expected requirements such as tensorflow-cpu==2.20; "
            f'received "{text}"'
        )
    found = [
        (framework, match)
        for match in parsed
        for framework in frameworks().values()
        if match["name"].lower() in framework.distributions
    ]
    if not stated and not found:
        known = [f.distributions[0] for f in frameworks().values() if f.distributions]
        raise UsageError(
            f"--with: expected a version of {join_words(known)}, or the framework "
            f'before other packages, such as torch={text}; received "{text}"'
        )
    name = stated["name"] if stated else found[0][0].name
    if LABEL_MARK not in name:
        match = found[0][1] if found else parsed[0]
        version = (match["version"] or match["name"]).partition("+")[0]
        name = f"{name}{LABEL_MARK}{version if found else words[0].replace('==', '-')}"
    _require_framework(name, option="--with")
    return Requirements(name=name, requirements=words, is_overlay=not found)


def split_requirements(texts: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the arguments of a model, ``NAME=VALUE``, and the requirements.

    A requirement pins a version, as ``torch==2.13`` does.
    """
    given = list(texts)
    requirements = [text for text in given if _pins_version(text)]
    arguments = [text for text in given if text not in requirements]
    return tuple(arguments), tuple(requirements)


def _pins_version(text: str) -> bool:
    stated = STATED.match(text)
    if stated and base_name(stated["name"]) not in frameworks():
        return False
    words = (stated["rest"] if stated else text).split()
    pinned = PINNED.fullmatch(words[0]) if words else None
    return pinned is not None and pinned["version"] is not None


def use_interpreter(name: str, path: str | Path) -> Installation:
    """Return an installation in an interpreter that exists.

    Raises:
        UsageError: the interpreter cannot run the framework, or has another version.
    """
    framework, option = find_framework(name), f"--python {name}"
    found = read_interpreter(path, option=option, framework=framework)
    label, version = (
        name.partition(LABEL_MARK)[2],
        version_of(found.distributions, framework),
    )
    if not is_version_of(label, version):
        raise UsageError(
            f"{option}: expected an interpreter with {framework.module} {label}; "
            f"{path} has {version}"
        )
    # As typed, not where a link leads: an environment's interpreter is a link.
    return Installation(
        python=found.executable, versions=select_versions(found, framework)
    )


def install(parsed: Requirements, *, report: Callable[[str], None]) -> Installation:
    """Return an installation in an environment, which is made unless it exists.

    One that cannot be made has the installer's last line as its reason.
    """
    try:
        framework = find_framework(parsed.name)
        needed = () if parsed.is_overlay else (*framework.also_needs, *WORKER_NEEDS)
        python = make_environment(
            (*parsed.requirements, *needed),
            folder=find_cache_folder(ENVIRONMENTS),
            is_overlay=parsed.is_overlay,
            report=report,
        )
        return use_interpreter(parsed.name, python)
    except InstallError as error:
        wanted = " ".join(parsed.requirements)
        return Installation(reason=f"{wanted} cannot be installed: {error}")


def label_defaults(stated: Installations) -> Installations:
    """Return the installations, with this process's own where labels need one.

    ``tf`` becomes ``tf@2.21`` next to ``tf@2.20``. It is left out if this process does
    not have the framework.
    """
    result: Installations = {}
    for base in dict.fromkeys(map(base_name, stated)):
        own = {n: found for n, found in stated.items() if base_name(n) == base}
        labelled = {n: found for n, found in own.items() if n != base}
        default = own.get(base) or read_own(base)
        if labelled and default is not None:
            result[label_default(base, default, others=labelled)] = default
        elif base in own:
            result[base] = own[base]
        result.update(labelled)
    return result


def read_own(base: str) -> Installation | None:
    """Return the installation of this process; None if it lacks the framework."""
    framework = find_framework(base)
    if find_missing_framework(framework):
        return None
    found = probe(Path(sys.executable), modules=(), option=base)
    return Installation(versions=select_versions(found, framework))


def label_default(base: str, found: Installation, *, others: Iterable[str]) -> str:
    """Return the name of an installation, labelled with the start of its version."""
    framework = find_framework(base)
    version = version_of(found.versions, framework).partition("+")[0]
    short = ".".join(version.split(".")[:2])
    candidates = (short, version, "default")
    return next(
        name
        for label in candidates
        if label and (name := f"{base}{LABEL_MARK}{label}") not in {*others}
    )


def select_versions(found: Interpreter, framework: Framework) -> dict[str, str]:
    """Return the versions of an interpreter that results depend on."""
    names = (*framework.distributions, *RECORDED)
    return {
        "Python": found.version,
        **{n: found.distributions[n] for n in names if n in found.distributions},
    }


def expand_variants(names: Sequence[str], installations: Installations) -> list[str]:
    """Return variants, with ``tf/function`` in every installation of ``tf``.

    Raises:
        UsageError: a variant names an installation that does not exist.
    """
    result: list[str] = []
    for name in names:
        framework, _, mode = name.partition("/")
        own = [n for n in installations if base_name(n) == base_name(framework)]
        if LABEL_MARK in framework and framework not in own:
            raise unknown_name(
                "installation",
                framework,
                expected=own or ["one that --python or --with names"],
            )
        chosen = [framework] if framework in own or not own else own
        result += [f"{each}/{mode}" for each in chosen]
    return list(dict.fromkeys(result))


def installed_frameworks(request: Request, *, packages: Path) -> dict[str, Framework]:
    """Return every framework by name, with the interpreters of the installations.

    What is not measured, such as the inspection of a user's model, runs in the first
    installation that has a variant.

    Args:
        request: of the run.
        packages: a folder with links to this project's packages only, which other
            interpreters import: the folder of this project may contain what belongs to
            the interpreter of this process.
    """
    result = dict(frameworks())
    for name, found in request.installations.items():
        framework = find_framework(name)
        if found.python or found.search:
            environment = {
                **framework.environment,
                **list_search_paths(found, packages=packages),
            }
            framework = replace(framework, python=found.python, environment=environment)
        result[name] = framework
    for variant in reversed(request.variants):
        name = variant.partition("/")[0]
        if name in result:  # what is unknown is refused later, with its place
            result[base_name(name)] = replace(result[name], name=base_name(name))
    return result


def list_search_paths(found: Installation, *, packages: Path) -> dict[str, str]:
    """Return the variables of an environment that define what workers import.

    A folder that is searched first may have another version of this project. Only its
    implementation packages are used: workers are always those of this process.
    """
    if not found.search:
        return {"PYTHONPATH": str(packages)}
    paths = (packages / HARNESS_ALONE, *found.search, packages)
    return {"PYTHONPATH": os.pathsep.join(map(str, paths)), "PYTHONSAFEPATH": "1"}


def link_packages(folder: Path) -> Path:
    """Link this project's packages into a folder, and return it."""
    harness = Path(__file__).parents[1]
    of_frameworks = map(package_folder, frameworks().values())
    for path in dict.fromkeys((harness, *of_frameworks)):
        (folder / path.name).symlink_to(path)
    (folder / HARNESS_ALONE).mkdir()
    (folder / HARNESS_ALONE / harness.name).symlink_to(harness)
    return folder


def require_same_installations(installations: Mapping[str, Installation]) -> None:
    """Raise if an interpreter of a resumed run has changed since.

    Raises:
        UsageError: it has.
    """
    for name, found in installations.items():
        if not found.python:
            continue
        now = use_interpreter(name, found.python)
        if now.versions != found.versions:
            raise UsageError(
                f"{name}: expected the versions that the run was started with "
                f"({_describe(found)}); {found.python} has {_describe(now)}"
            )


def _describe(found: Installation) -> str:
    return ", ".join(f"{name} {version}" for name, version in found.versions.items())


def _require_framework(name: str, *, option: str) -> str:
    """Return the name of a framework with or without a label.

    Raises:
        UsageError: there is no such framework, or the label cannot be a file's name.
    """
    base, mark, label = name.partition(LABEL_MARK)
    if base not in (known := frameworks()):
        raise unknown_name(option, base, expected=known)
    try:
        if mark:
            require_name(f"{option}: label", label)
    except ValueError as error:
        raise UsageError(str(error)) from error
    return name


def _add(stated: Installations, name: str, found: Installation, *, option: str) -> None:
    if name in stated:
        raise UsageError(f"{option}: expected different names; received {name} twice")
    stated[name] = found
