"""Write a folder around an existing model: its data are found by inspecting it."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from compare.frameworks import frameworks, frameworks_with
from compare.machine import available_cores
from compare.pipeline.check import pairing
from compare.scaffold.copying import write_files
from compare.scratch import open_scratch
from compare.targets.mapping import format_mapping
from compare.workers import messages
from compare.workers.pool import WorkerPool
from compare.workers.starting import COMMAND
from compare.workloads.folder import FILE, MAPPING, MODEL_CLASS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from compare.workers.process import Worker
    from compare.workloads.target import ArraySpec, Source

TIME_LIMIT_S = 180.0

WORKLOAD = '''"""Data, loss and optimizer for {name}."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from compare.contract import Optimizer

BATCHES = 4  # per epoch


@dataclass(frozen=True, kw_only=True)
class Workload:
    """Random data of the shapes that the model takes; replace them by your own."""

    batch: int = {batch}
    seed: int = 0

    # Or squared_error, sum_of_squares, cross_entropy, token_cross_entropy.
    loss: ClassVar[str] = "{loss}"
    # Or gradient_descent, momentum, rmsprop, adam, adamw.
    optimizer: ClassVar[Optimizer] = Optimizer(name="sgd", learning_rate=2.0**-7)

    @property
    def sizes(self) -> dict[str, Any]:
        """The keyword arguments of the models."""
        return {{}}

    def batches(self, dtype: str, *, epoch: int = 0) -> Iterator[dict[str, Any]]:
        """Yield the batches of an epoch. The loss takes the keys with targets."""
        for number in range(BATCHES):
            rng = np.random.default_rng([self.seed, epoch, number])
            yield {{
{arrays}
            }}
'''

EXISTING = '''"""The existing model {text}."""

{imports}


def {model}(*, dtype: object) -> object:
    """Return the model; the toolkit converts it to the dtype of a check."""
    return {call}
'''

SKELETON = '''"""The same model in {title}: write it here.

A file without code, as this one, is not used. The class is called with the sizes of
workload.py and with dtype. The parameters of the existing model, in the order and
layout of {first}:

{parameters}

Give both the same name, or state the pairs in {mapping}:

  [parameters]
  "your.name" = {{ to = "name above", axes = [1, 0] }}
"""

# class {model}:
#     def __init__(self, *, dtype):
#         ...
'''


def write_wrapper(folder: Path, sources: Mapping[str, Source]) -> list[Path]:
    """Write a workload around existing models to a new folder; return the paths.

    Raises:
        TargetRefusedError: a model cannot be used.
        UsageError: two models do not correspond to each other.
        WorkerError: a worker failed.
    """
    with ExitStack() as stack:
        scratch = stack.enter_context(open_scratch())
        pool = WorkerPool(
            frameworks=frameworks(),
            threads=1,
            device="cpu",
            logs=scratch / "logs",
            time_limit_s=TIME_LIMIT_S,
            command=COMMAND,
            servers=None,
        )
        inspections = {
            framework: inspect_with(
                start_worker(stack, pool, framework, scratch=scratch),
                source,
                save_to=scratch / f"{framework}.npz",
            )
            for framework, source in sources.items()
        }
        first, *others = inspections
        facts = inspections[first]([])
        texts = describe_models(folder, sources, facts)
        for other in others:
            matched = pairing.match_model(
                inspections[other],
                shared=pairing.list_parameters(facts),
                inputs=facts.inputs,
                outputs=[spec.shape for spec in facts.outputs],
                known=None,
            )
            texts[MAPPING] = format_mapping(
                matched.placements[0], first=first, second=other
            )
    return write_files(folder, texts)


def start_worker(
    stack: ExitStack, pool: WorkerPool, framework: str, *, scratch: Path
) -> Worker:
    """Return a worker that ends with the stack."""
    worker, _ = stack.enter_context(
        pool.start_ready(
            framework,
            cores=available_cores(),
            cache=scratch / "cache",
            log=f"new-{framework}",
            device="cpu",
        )
    )
    return worker


def inspect_with(worker: Worker, source: Source, *, save_to: Path) -> pairing.Inspect:
    """Return a function that inspects a model for given inputs."""

    def inspect(inputs: Sequence[ArraySpec]) -> messages.Inspected:
        request = messages.Inspect(
            source=source, inputs=list(inputs), save_to=str(save_to)
        )
        return worker.request(request, messages.Inspected)

    return inspect


def describe_models(
    folder: Path, sources: Mapping[str, Source], facts: messages.Inspected
) -> dict[str, str]:
    """Return the texts of the files by name, for models and missing ones."""
    first = next(iter(sources))
    texts = {FILE: write_workload_text(sources[first], facts)}
    listed = "\n".join(
        f"  {name} {tuple(shape)}" for name, shape in facts.shapes.items()
    )
    for name, framework in frameworks_with("targets").items():
        if name in sources:
            text = describe_existing(folder, sources[name])
        else:
            text = SKELETON.format(
                title=framework.title or name,
                first=frameworks()[first].title or first,
                parameters=listed,
                mapping=MAPPING,
                model=MODEL_CLASS,
            )
        texts[f"model_{name}.py"] = text
    return texts


def write_workload_text(source: Source, facts: messages.Inspected) -> str:
    """Return the text of ``workload.py`` for a model that was inspected."""
    batch = facts.inputs[0].shape[0]
    named = [
        (f"inputs{_suffix(n, facts.inputs)}", s) for n, s in enumerate(facts.inputs)
    ]
    named += [
        (f"targets{_suffix(n, facts.targets)}", s) for n, s in enumerate(facts.targets)
    ]
    arrays = "\n".join(
        f'                "{name}": {describe_draw(spec, batch=batch)},'
        for name, spec in named
    )
    return WORKLOAD.format(
        name=source.name, batch=batch, loss=facts.loss, arrays=arrays
    )


def describe_draw(spec: ArraySpec, *, batch: int) -> str:
    """Return the expression that draws an array."""
    sizes = [str(size) for size in spec.shape]
    if spec.shape[:1] == (batch,):
        sizes[0] = "self.batch"
    shape = f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"
    if spec.kind == "float":
        return f"rng.standard_normal({shape})"
    if spec.kind == "bool":
        return f"rng.integers(0, 2, {shape}).astype(bool)"
    return f'rng.integers({spec.low}, {spec.high}, {shape}).astype("{spec.kind}")'


def describe_existing(folder: Path, source: Source) -> str:
    """Return the text of a model file that imports an existing model."""
    if source.file:
        path = Path(source.file)
        where = os.path.relpath(path.parent, folder.absolute())
        module = path.stem
        imports = (
            "import sys\nfrom pathlib import Path\n\n"
            f'folder = Path(__file__).parent / "{Path(where).as_posix()}"\n'
            "sys.path.insert(0, str(folder))\n"
            f"from {module} import {source.name}"
        )
    else:
        imports = f"from {source.module} import {source.name}"
    arguments = ", ".join(f"{n}={v!r}" for n, v in source.arguments.items())
    return EXISTING.format(
        text=source.text,
        imports=imports,
        model=MODEL_CLASS,
        call=f"{source.name}({arguments})",
    )


def _suffix(number: int, every: list[ArraySpec]) -> str:
    return f"_{number}" if len(every) > 1 else ""
