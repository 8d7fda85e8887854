"""Options and a suite made into a request; everything named in it is checked here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from compare import workloads
from compare.contract import DEVICES, DTYPES
from compare.errors import UsageError, listed, unknown
from compare.frameworks import find_variant, frameworks, variants
from compare.machine import available_cores
from compare.pipeline import amounts
from compare.pipeline.suites import load_suite
from compare.runs.results import Request, WorkloadRequest
from compare.timing import stopping

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


PLAIN = (["cpu"], ["float32"])  # what runs where nothing else is asked for
Name = TypeVar("Name", bound=str)


def read(choice: Mapping[str, Any], *, timed: bool) -> Request:
    """A request from the options of ``run`` or ``agree``.

    Raises:
        UsageError: a name is unknown or a number out of range.
        DataError: the suite's file cannot be read.
    """
    suite = load_suite(choice["suite_name"])
    devices = _some_of("--device", choice["devices"], expected=DEVICES, timed=timed)
    dtypes = _some_of("--dtype", choice["dtypes"], expected=DTYPES, timed=timed)
    _within("--threads", choice["threads"], low=1, high=len(available_cores()))
    _within("--seed", choice["seed"], low=0, high=2**32 - 1)
    for variant in choice["variants"]:
        find_variant(variant)
    chosen = _chosen(suite.workload, names=choice["workloads"])
    for option in ("data", "image_size"):
        takes_it = any(option in workloads.keys(each.name) for each in chosen)
        if choice[option] is not None and not takes_it:
            raise UsageError(
                f"--{option.replace('_', '-')}: expected a workload that takes images, "
                f"such as cnn; received {listed(each.label for each in chosen)}"
            )
    return Request(
        suite=choice["suite_name"],
        workloads=[_configured(workload, choice=choice) for workload in chosen],
        named=bool(choice["variants"]) or (devices, dtypes) != PLAIN,
        variants=list(dict.fromkeys(choice["variants"]))
        or variants(frameworks().values(), devices=devices),
        devices=devices,
        dtypes=dtypes,
        threads=choice["threads"],
        seed=choice["seed"],
        rounds=suite.rounds,
        block_s=suite.block_ms / 1e3,
        trajectory_steps=suite.trajectory_steps,
        time_limit_s=suite.time_limit_s,
        **_when_to_stop(choice, launches=suite.launches if timed else 0),
        profile=timed and choice.get("profile", False),
    )


def _when_to_stop(choice: Mapping[str, Any], *, launches: int) -> dict[str, Any]:
    """The suite's launches; or as many as a budget or a precision asks for."""
    if not launches:
        return {"launches": 0}
    budget, precision = choice["budget"], choice["precision"]
    if budget is not None:
        launches = stopping.MOST_LAUNCHES
    if precision is not None:
        launches = stopping.LOOKS[-1]
    return {
        "launches": launches,
        "budget_s": None if budget is None else amounts.seconds("--budget", budget),
        "precision": None
        if precision is None
        else amounts.share("--precision", precision, low=1e-4, high=0.5),
        "margin": amounts.share("--margin", choice["margin"], low=0.0, high=0.5),
    }


def _chosen(
    of_suite: list[WorkloadRequest], *, names: tuple[str, ...]
) -> list[WorkloadRequest]:
    """The workloads named, by label or by name; all of the suite's if none is."""
    expected = dict.fromkeys(w for each in of_suite for w in (each.label, each.name))
    for name in names:
        if name not in expected:
            raise unknown("workload", name, expected=expected)
    return [w for w in of_suite if not names or {w.label, w.name} & set(names)]


def _configured(
    workload: WorkloadRequest, *, choice: Mapping[str, Any]
) -> WorkloadRequest:
    """The workload with the options that it has a use for."""
    asked = {key: choice[key] for key in ("data", "image_size", "seed")}
    given = {key: value for key, value in asked.items() if value is not None}
    fields = workloads.keys(workload.name)
    config = {**workload.config, **{k: v for k, v in given.items() if k in fields}}
    workloads.build(workload.name, config)
    return WorkloadRequest(label=workload.label, name=workload.name, config=config)


def _some_of(
    option: str, received: Iterable[Name], *, expected: tuple[Name, ...], timed: bool
) -> list[Name]:
    """The names given, each once; of what is timed there is one."""
    for name in received:
        if name not in expected:
            raise unknown(option, name, expected=expected)
    names = list(dict.fromkeys(received))
    if timed and len(names) > 1:
        raise UsageError(
            f"{option}: expected one where steps are timed; received "
            f"{listed(names, conjunction='and')}. Give each a run of its own, or check "
            "them together with: graph-compare agree"
        )
    return names


def _within(option: str, received: int, *, low: int, high: int) -> None:
    if not low <= received <= high:
        raise UsageError(
            f"{option}: expected a whole number from {low} to {high}; "
            f"received {received}"
        )
