"""Judge mutants and print the score: ``python -m tests.mutation [PART…]``."""

from __future__ import annotations

import argparse
import os
import random
import sys
from importlib import import_module
from pathlib import Path
from time import monotonic
from types import ModuleType

from tests.mutation import journal, score
from tests.mutation.equivalent import equivalent_mutants
from tests.mutation.finding import find_mutants
from tests.mutation.forking import Judge, Judged, Outcome, judge_all
from tests.mutation.mutant import Mutant
from tests.mutation.parts import PACKAGES, Part, files_of

FOLDER = Path(".mutation")


def main(arguments: list[str]) -> int:
    """Judge the mutants of some parts; return 1 if any of them survived."""
    options = parse(arguments)
    judged = []
    for part in options.parts:
        mutants = choose(part, sample=options.sample, only=options.file)
        if options.recorded:
            judged += read_recorded(part, mutants, folder=options.folder)
        else:
            judged += judge_part(part, mutants, options=options)
    text = score.format_score(judged, equivalent=equivalent_mutants())
    print(text)
    if options.report:
        score.save(options.report, judged, equivalent=equivalent_mutants())
    return int(bool(score.survivors(judged, equivalent=equivalent_mutants())))


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument(
        "parts",
        nargs="*",
        type=Part,
        default=list(Part),
        help=f"any of {', '.join(Part)}; all by default",
    )
    parser.add_argument("--sample", type=int, help="judge this many mutants of a part")
    parser.add_argument("--file", help="only files whose path contains this text")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument(
        "--survivors", action="store_true", help="judge those that survived again"
    )
    parser.add_argument(
        "--report", type=Path, help="NAME: writes NAME.txt and NAME.csv"
    )
    parser.add_argument(
        "--recorded", action="store_true", help="print the outcomes so far"
    )
    parser.add_argument("--folder", type=Path, default=FOLDER, help="for outcomes")
    return parser.parse_args(arguments)


def choose(part: Part, *, sample: int | None, only: str | None) -> list[Mutant]:
    """Return the mutants of a part, or a random sample that is always the same."""
    files = [file for file in files_of(part) if not only or only in file]
    mutants = [mutant for file in files for mutant in find_mutants(file)]
    if sample is None or sample >= len(mutants):
        return mutants
    return sorted(random.Random(0).sample(mutants, sample))  # noqa: S311


def judge_part(
    part: Part, mutants: list[Mutant], *, options: argparse.Namespace
) -> list[Judged]:
    """Judge the mutants of a part that have no outcome yet; print the progress."""
    path = options.folder / f"{part}.jsonl"
    done = journal.read(path, mutants)
    if options.survivors:
        done = [each for each in done if each.outcome is not Outcome.SURVIVED]
    known = {each.mutant.key for each in done}
    missing = [mutant for mutant in mutants if mutant.key not in known]
    if not missing:
        return done
    module = load_judge(part)
    judge, limit = module.load(missing), module.CPU_LIMIT_S
    require_not_imported(missing)
    require_controls(
        module.controls(judge, missing),
        judge=judge,
        jobs=options.jobs,
        cpu_limit_s=module.CONTROL_CPU_LIMIT_S,
    )
    began = monotonic()
    for number, each in enumerate(
        judge_all(missing, judge=judge, jobs=options.jobs, cpu_limit_s=limit), 1
    ):
        journal.append(path, each)
        done.append(each)
        if each.outcome is Outcome.SURVIVED:
            print(f"survived: {each.mutant}\n    {each.mutant.source}", flush=True)
        if number % 25 == 0 or number == len(missing):
            pace = (monotonic() - began) / number
            print(f"{part}: {number} of {len(missing)}, {pace:.1f} s each", flush=True)
    return done


def read_recorded(part: Part, mutants: list[Mutant], *, folder: Path) -> list[Judged]:
    """Return the outcomes so far; a mutant without one is not judged."""
    done = journal.read(folder / f"{part}.jsonl", mutants)
    known = {each.mutant.key for each in done}
    missing = [mutant for mutant in mutants if mutant.key not in known]
    no_outcome = {"outcome": Outcome.NOT_JUDGED, "evidence": "no outcome yet"}
    return done + [Judged(mutant=m, seconds=0.0, **no_outcome) for m in missing]


def load_judge(part: Part) -> ModuleType:
    """Return the module that judges a part.

    It is imported here, because it imports modules that other parts mutate.
    """
    name = "by_agreement" if part in PACKAGES else "by_tests"
    return import_module(f"tests.mutation.{name}")


def require_not_imported(mutants: list[Mutant]) -> None:
    """Raise if this process has imported what is to be mutated."""
    for mutant in mutants:
        if mutant.module in sys.modules:
            raise SystemExit(f"{mutant.module} is imported before it is mutated")


def require_controls(
    controls: list[Mutant], *, judge: Judge, jobs: int, cpu_limit_s: int
) -> None:
    """Raise unless files pass unchanged: then only mutations are judged."""
    for each in judge_all(controls, judge=judge, jobs=jobs, cpu_limit_s=cpu_limit_s):
        if each.outcome is not Outcome.SURVIVED:
            raise SystemExit(
                f"{each.mutant.file} fails without a mutation: {each.evidence}. "
                "Fix its tests first."
            )
        print(f"{each.mutant.file} passes unchanged: {each.seconds:.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
