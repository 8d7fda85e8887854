"""Turn the options of ``ci`` into a request for each side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from compare.errors import UsageError
from compare.pipeline.check.request import CheckOptions, build_check_request
from compare.pipeline.request import RunOptions, build_request
from compare.runs.record import Installation
from compare.workloads import names
from compare.workloads.folder import is_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.pull_request.sides import TreeSide
    from compare.runs.record import Request


@dataclass(frozen=True, kw_only=True)
class SideOptions:
    """What is measured on each side, as typed.

    Attributes:
        subject: a workload, or a user's model.
        variants: ``framework/mode``; of a model, by default those of ``check``.
        inputs: of a user's model.
        arguments: ``NAME=VALUE`` of a user's model.
        sizes: ``SIZE=VALUE`` of a workload.
        threads: of each worker.
        seed: of data, parameters and order.
    """

    subject: str
    variants: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    threads: int = 1
    seed: int = 0

    @property
    def is_workload(self) -> bool:
        """Whether a workload of this toolkit is measured."""
        return self.subject in names()


def build_side_request(options: SideOptions, side: TreeSide) -> Request:
    """Return the request that checks the agreement of one side.

    Raises:
        CompareError: an option is wrong, or the side lacks the model.
    """
    request = _build_unlabelled(options, side)
    variants = [side.label(each) for each in request.variants]
    search = side.list_search(Path.cwd())
    return msgspec.structs.replace(
        request,
        variants=variants,
        installations={
            variant.partition("/")[0]: Installation(search=search)
            for variant in variants
        },
        launches=0,
        fresh=True,  # stored results are those of the code of this process
        repeats_steps=False,
        cold_starts=False,
        command="",
    )


def _build_unlabelled(options: SideOptions, side: TreeSide) -> Request:
    if options.is_workload:
        if not options.variants:
            raise UsageError(
                f"--variant: expected the variants of {options.subject} to measure, "
                "such as -v torch/eager -v torch/compile; received none"
            )
        chosen = RunOptions(
            workloads=(options.subject,),
            variants=options.variants,
            sizes=options.sizes,
            threads=options.threads,
            seed=options.seed,
        )
        return build_request(chosen, timed=True)
    checked = CheckOptions(
        targets=(place_target(options.subject, side),),
        inputs=options.inputs,
        arguments=options.arguments,
        variants=options.variants,
        threads=options.threads,
        seed=options.seed,
    )
    return build_check_request(checked)


def place_target(text: str, side: TreeSide) -> str:
    """Return a target with its file, or its folder, in a side.

    Raises:
        UsageError: the file does not belong to the repository, or the side lacks it.
    """
    if is_folder(text):
        return str(side.place(Path(text).absolute()))
    stated, equals, rest = text.rpartition("=")
    place, colon, name = rest.rpartition(":")
    path = Path(place).expanduser().absolute()
    # What is malformed or no file is refused by the parser of targets.
    if not place.endswith(".py") or not path.is_file():
        return text
    return f"{stated}{equals}{side.place(path)}{colon}{name}"


def use_found_inputs(options: SideOptions, found: Sequence[str]) -> SideOptions:
    """Return options with the inputs that were found for the other side's model."""
    if options.inputs or options.is_workload or is_folder(options.subject):
        return options
    return replace(options, inputs=tuple(found))
