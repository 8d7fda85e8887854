"""Turn the options of ``check`` into a request, which is executed like any run."""

from __future__ import annotations

import dataclasses
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from compare.contract import DEVICES, DTYPES, NO_OPTIMIZER
from compare.errors import UsageError, unknown_name
from compare.frameworks import find_variant, frameworks, variants
from compare.machine import available_cores
from compare.pipeline.amounts import parse_duration
from compare.pipeline.installations import (
    expand_variants,
    read_installations,
    split_requirements,
)
from compare.pipeline.request import require_between, require_expected
from compare.runs.record import Request, WorkloadRequest
from compare.stats.estimates import EQUIVALENCE_MARGIN
from compare.targets.mapping import read_mapping
from compare.targets.parsing import (
    parse_arguments,
    parse_inputs,
    parse_loss,
    parse_targets,
)
from compare.timing import stopping
from compare.wording import join_words
from compare.workloads.folder import FILE, FolderWorkload, is_folder, open_folder
from compare.workloads.target import TargetWorkload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from compare.workloads.target import Placement

SUITE = "check"
CHECKED_DTYPES = DTYPES[:2]  # those whose rounding is simulated
LOSSES = ("mean_square", "squared_error", "cross_entropy", "token_cross_entropy")
# name -> learning rate
OPTIMIZERS = {
    "sgd": 2.0**-7,
    "momentum": 2.0**-7,
    "adam": 2.0**-10,
    "adamw": 2.0**-10,
    "rmsprop": 2.0**-10,
    "gradient_descent": 2.0**-7,
}
LAUNCHES, ROUNDS, BLOCK_S = 3, 12, 0.02
# The options that are spelled differently from their fields.
SPELLED = {
    "arguments": "with",
    "variants": "variant",
    "timed": "not_timed",
    "pythons": "python",
}
# Long enough for a restart, and for the second state that is checked alone.
TRAJECTORY_STEPS = 10


@dataclass(frozen=True, kw_only=True)
class CheckOptions:
    """The options of ``check``, as typed."""

    targets: tuple[str, ...]
    inputs: tuple[str, ...] = ()
    loss: str = ""
    optimizer: str = "sgd"
    learning_rate: float | None = None
    arguments: tuple[str, ...] = ()
    inference: bool = False
    variants: tuple[str, ...] = ()
    dtype: str = "float32"
    device: str = "cpu"
    threads: int = 1
    seed: int = 0
    timed: bool = True
    budget: str | None = None
    time_limit: str = "180s"
    mapping: Path | None = None
    fix: bool = False
    pythons: tuple[str, ...] = ()


def build_check_request(
    options: CheckOptions, *, report: Callable[[str], None] = lambda _: None
) -> Request:
    """Return the request that options describe.

    Args:
        options: what the user chose.
        report: is called with a line before a long installation.

    Raises:
        UsageError: a name is unknown, a number out of range, or a text malformed.
        DataError: a file cannot be read.
    """
    require_between("--threads", options.threads, low=1, high=len(available_cores()))
    require_between("--seed", options.seed, low=0, high=2**32 - 1)
    arguments, requirements = split_requirements(options.arguments)
    stated = dataclasses.replace(options, arguments=arguments)
    workload = read_folder_target(stated) or build_target(stated)
    budget_s = None
    if options.budget is not None:
        budget_s = parse_duration("--budget", options.budget)
    launches = LAUNCHES if budget_s is None else stopping.MAX_LAUNCHES
    chosen = choose_variants(options, workload)
    installations = read_installations(options.pythons, requirements, report=report)
    return Request(
        suite=SUITE,
        workloads=[
            WorkloadRequest(
                label=label_of(workload),
                name=workload.model,
                config=dataclasses.asdict(workload),
            )
        ],
        named=bool(options.variants),
        variants=expand_variants(chosen, installations),
        installations=installations,
        devices=[require_expected("--device", options.device, expected=DEVICES)],
        dtypes=[require_expected("--dtype", options.dtype, expected=CHECKED_DTYPES)],
        threads=options.threads,
        seed=options.seed,
        launches=launches if options.timed else 0,
        rounds=ROUNDS,
        block_s=BLOCK_S,
        trajectory_steps=TRAJECTORY_STEPS,
        time_limit_s=parse_duration("--time-limit", options.time_limit),
        margin=EQUIVALENCE_MARGIN,
        budget_s=budget_s,
        fresh=True,
        repeats_steps=False,  # first results within a minute
        command=format_check(options),
        fixes=options.fix,
    )


def format_check(options: CheckOptions) -> str:
    """Return the command line with these options."""
    words = ["graph-compare", "check", *options.targets]
    for each in dataclasses.fields(options):
        value = getattr(options, each.name)
        if each.name == "targets" or value == each.default:
            continue
        name = SPELLED.get(each.name, each.name).replace("_", "-")
        values = value if isinstance(value, tuple) else (value,)
        for one in values:
            words += [f"--{name}"] if isinstance(one, bool) else [f"--{name}", f"{one}"]
    return shlex.join(words)


def read_folder_target(options: CheckOptions) -> FolderWorkload | None:
    """Return the workload of a folder; None if another target is named.

    Raises:
        UsageError: an option does not apply to folders.
        DataError: its workload cannot be read.
    """
    if not any(is_folder(text) for text in options.targets):
        return None
    stated = {
        "a second TARGET": len(options.targets) > 1,
        "--inputs": bool(options.inputs),
        "--loss": bool(options.loss),
        "--optimizer": options.optimizer != CheckOptions.optimizer,
        "--learning-rate": options.learning_rate is not None,
        "--inference": options.inference,
        "--mapping": options.mapping is not None,
    }
    if wrong := [option for option, is_stated in stated.items() if is_stated]:
        raise UsageError(
            f"TARGET: expected a folder alone, whose {FILE} defines data, loss and "
            f"optimizer; received {join_words(wrong, conjunction='and')} as well. "
            f"Change {FILE}, or its fields with --with NAME=VALUE"
        )
    return open_folder(
        options.targets[0],
        settings=parse_arguments(options.arguments),
        seed=options.seed,
    )


def build_target(options: CheckOptions) -> TargetWorkload:
    """Return the workload of a user's model, with what the user stated."""
    arguments = parse_arguments(options.arguments)
    sources = {
        framework: dataclasses.replace(source, arguments=arguments)
        for framework, source in parse_targets(options.targets).items()
    }
    output, loss = "", ""
    if options.loss:
        output, loss = parse_loss(options.loss, expected=LOSSES)
    rule = NO_OPTIMIZER if options.inference else options.optimizer
    if rule not in (NO_OPTIMIZER, *OPTIMIZERS):
        raise unknown_name("--optimizer", rule, expected=OPTIMIZERS)
    rate = options.learning_rate
    if rate is not None and not 0 < rate < float("inf"):
        raise UsageError(f"--learning-rate: expected more than 0; received {rate:g}")
    return TargetWorkload(
        sources=sources,
        placements=read_placements(options, sources),
        inputs=parse_inputs(options.inputs),
        loss=loss,
        output=output,
        rule=rule,
        learning_rate=OPTIMIZERS.get(rule, 0.0) if rate is None else rate,
        dtype=options.dtype,
        seed=options.seed,
    )


def read_placements(
    options: CheckOptions, sources: Iterable[str]
) -> dict[str, Placement]:
    """Return the user's mapping of the second model, if there is one.

    Raises:
        UsageError: there is only one model.
        DataError: the file cannot be read.
    """
    if options.mapping is None:
        return {}
    _, *others = sources
    if not others:
        raise UsageError(
            "--mapping: expected two models, torch=FILE:NAME and tf=FILE:NAME; "
            "received one"
        )
    known = read_mapping(options.mapping)
    return dict.fromkeys(others, known)


def choose_variants(
    options: CheckOptions, workload: TargetWorkload | FolderWorkload
) -> list[str]:
    """Return the variants to check: by default, most modes of the model's frameworks.

    Raises:
        UsageError: a variant is unknown or of another framework.
    """
    for name in options.variants:
        framework, _ = find_variant(name)
        if framework.base not in workload.sources:
            raise UsageError(
                f"--variant: expected one of {', '.join(workload.sources)}, in which "
                f'the model is written; received "{name}"'
            )
    own = [frameworks()[name] for name in workload.sources]
    device = require_expected("--device", options.device, expected=DEVICES)
    unnamed = variants(own, devices=[device], occasion="check")
    chosen = options.variants or unnamed
    # Everything is compared with the first framework's eager mode.
    named = [find_variant(name)[0] for name in chosen]
    first = next((each for each in named if each.base == own[0].name), own[0])
    baseline = f"{first.name}/{first.modes[0].name}"
    return list(dict.fromkeys((baseline, *chosen)))


def label_of(workload: TargetWorkload | FolderWorkload) -> str:
    """Return a short name for the model, which files can be named after."""
    if isinstance(workload, FolderWorkload):
        name = Path(workload.path).name
    else:
        name = next(iter(workload.sources.values())).name
    return re.sub(r"\W", "", name) or "model"
