"""Check models in this process as `graph-compare check` does, without timing.

``python -m tests.planted.targets.checking FRAMEWORK RESULTS CASES`` hosts a worker's
request handler and drives it with the pieces of the pipeline, one model after another,
so that the framework is imported once. CASES is a JSON file; each case that RESULTS,
with one JSON object a line, does not have yet is checked and appended.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
import traceback
from dataclasses import asdict, replace
from pathlib import Path

import msgspec

from compare.agreement import examine, locate
from compare.agreement.session_reference import compute_expectations
from compare.contract import Captures
from compare.errors import CompareError
from compare.frameworks import find_variant, frameworks
from compare.numerics.tolerance import TRIALS
from compare.pipeline.capture import judge_capture
from compare.pipeline.check.own_model import DIRECTIONS, further_sizes, judge_size
from compare.pipeline.check.request import (
    TRAJECTORY_STEPS,
    CheckOptions,
    build_target,
)
from compare.results.card import judge_gradient, name_layer, name_wrong_gradient
from compare.runs.record import DerivativeFacts
from compare.workers import messages
from compare.workers.process import CannotRunError
from tests.planted.targets.other_tools import judge_by_others
from tests.planted.targets.planting import PlantingHandler

DTYPES = ("float64", "float32")


class Host:
    """A worker's request handler in this process."""

    def __init__(self, framework, *, folder):
        self.folder = folder
        declared = frameworks()[framework]
        self.framework = declared
        for name, value in declared.environment.items():
            os.environ[name] = value.format(threads=1, cache=folder / "cache")
        (folder / "cache").mkdir(exist_ok=True)
        self.handler = PlantingHandler()
        cores = sorted(os.sched_getaffinity(0))
        hello = messages.Hello(
            package=declared.package, framework=framework, threads=1, cores=cores
        )
        self.handler.handle(hello)

    def request(self, request, expected):
        """Return the reply to a request, as a worker process does."""
        try:
            reply = self.handler.handle(request)
        except CompareError:
            raise
        except Exception as error:
            if self.handler.is_refusal(request):
                raise CannotRunError(f"{type(error).__name__}: {error}") from error
            raise
        if isinstance(reply, messages.Unavailable):
            raise CannotRunError(reply.reason)
        if isinstance(reply, messages.Refused):
            raise CompareError(f"{reply.stage}: {reply.reason}")
        assert isinstance(reply, expected), reply
        return reply


def inspect_case(host, case, *, folder):
    """Return the workload of a model, with everything that was not stated."""
    options = CheckOptions(
        targets=(case["target"],),
        inputs=tuple(case["inputs"]),
        loss=case.get("loss", ""),
        optimizer=case.get("optimizer", "sgd"),
    )
    workload = build_target(options)
    arrays = folder / "state.npz"
    found = host.request(
        messages.Inspect(
            source=workload.sources[host.framework.name],
            inputs=list(workload.inputs),
            loss=workload.loss,
            output=workload.output,
            seed=workload.seed,
            save_to=str(arrays),
        ),
        messages.Inspected,
    )
    return replace(
        workload,
        inputs=tuple(found.inputs),
        targets=tuple(found.targets),
        loss=found.loss,
        length=found.length,
        arrays=str(arrays),
        is_random=found.is_random,
    )


def prepare(host, workload, *, mode, dtype):
    """Build a session."""
    request = messages.Prepare(
        workload="target",
        config=asdict(workload),
        mode=mode,
        device="cpu",
        dtype=dtype,
    )
    host.request(request, messages.Prepared)


def check_case(host, case):
    """Yield what a check finds of each mode of a model."""
    folder = Path(tempfile.mkdtemp(dir=host.folder))
    host.handler.plant, host.handler.mode = case.get("plant", ""), case.get("mode", "")
    eager = host.framework.modes[0].name
    workload = inspect_case(host, case, folder=folder)
    # The reference is the eager session without any defect.
    host.handler.mode = "" if case.get("mode") == eager else case.get("mode", "")
    expected, sizes, derivatives = {}, {}, []
    for dtype in DTYPES:
        prepare(host, workload, mode=eager, dtype="float64")
        expected[dtype] = compute_expectations(
            host, dtype=dtype, steps=TRAJECTORY_STEPS, folder=folder / dtype
        )
    tries = messages.TrySizes(
        sizes=further_sizes(workload), dtype="float32", trials=len(TRIALS)
    )
    prepare(host, workload, mode=eager, dtype="float64")
    sizes = host.request(tries, messages.SizesTried).found
    check = messages.CheckGradient(
        directions=DIRECTIONS, seed=workload.seed, dtype="float64"
    )
    derivatives = [
        DerivativeFacts(**msgspec.structs.asdict(each))
        for each in host.request(check, messages.Derivatives).found
    ]
    gradient = judge_gradient(derivatives)
    eager_values = {}
    for mode in case["modes"]:
        start = time.perf_counter()
        row = {"name": case["name"], "framework": host.framework.name, "mode": mode}
        row["gradient"] = str(gradient)
        row["wrong_gradient"] = name_wrong_gradient(derivatives)
        try:
            row |= check_mode(
                host,
                workload,
                mode=mode,
                expected=expected,
                sizes=sizes,
                folder=folder / f"mode-{mode}",
            )
            row["others"] = judge_by_others(
                host.framework.name, host.handler._session, mode, eager_values
            )
        except CannotRunError as reason:
            row["not_run"] = str(reason)
        row["seconds"] = round(time.perf_counter() - start, 1)
        yield row


def check_mode(host, workload, *, mode, expected, sizes, folder):
    """Return what the checks of a mode find, in float64 and in float32."""
    _, declared = find_variant(f"{host.framework.name}/{mode}")
    row = {"first": "", "sentence": "", "share": 0.0, "undecided": 0}
    for dtype in DTYPES:

        def rebuild(other, dtype=dtype):
            prepare(host, workload, mode=other, dtype=dtype)

        rebuild(mode)
        home = folder / dtype
        found = examine.examine_session(
            host, expected=expected[dtype], dtype=dtype, folder=home
        )
        row[dtype] = all(each.agrees for each in found.checked)
        compared = [f for f in found.findings if f.check != "determinism"]
        shares = [
            f.max_abs_error / f.tolerance for f in compared if 0 < f.tolerance < 1e300
        ]
        row["share"] = max([row["share"], *shares])
        row["undecided"] += sum(f.verdict == "undecided" for f in compared)
        if dtype == "float32":
            described = host.request(messages.Describe(), messages.Description)
            row["capture"] = str(judge_capture(declared, described))
            row["breaks"] = described.graph_breaks
            others = further_sizes(workload)
            tries = messages.TrySizes(sizes=others, dtype=dtype)
            tried = host.request(tries, messages.SizesTried).found
            judged = [
                judge_size(one, other, size=size, dtype=dtype)
                for size, one, other in zip(others, tried, sizes, strict=True)
            ]
            row["wrong_sizes"] = [f.text for f in judged if f.agrees is False]
            row["size_reasons"] = [f.reason for f in judged if f.reason]
        session = locate.CheckedSession(
            worker=host,
            prepare=rebuild,
            mode=mode,
            fallback_mode=host.framework.modes[0].name,
            workload=None,
            dtype=dtype,
            folder=home,
        )
        difference = locate.locate_first_difference(found, session=session)
        if difference is not None and not row["sentence"]:
            row["first"] = name_layer(difference.finding.quantity)
            row["sentence"] = difference.sentence
        if difference is not None:
            rebuild(mode)
    captures = declared.captures is not Captures.NONE
    row["captured_as_declared"] = row["capture"] == "as declared" or not captures
    return row


def main(framework, results, cases):
    """Check every case that has no result yet."""
    path = Path(results)
    lines = path.read_text().splitlines() if path.exists() else []
    known = {json.loads(line)["name"] for line in lines}
    todo = [c for c in json.loads(Path(cases).read_text()) if c["name"] not in known]
    if not todo:
        return
    with tempfile.TemporaryDirectory() as folder:
        host = Host(framework, folder=Path(folder))
        for case in todo:
            try:
                rows = list(check_case(host, case))
            except Exception as error:  # noqa: BLE001 - recorded
                traceback.print_exc()
                reason = f"{type(error).__name__}: {error}"
                rows = [
                    {
                        "name": case["name"],
                        "framework": framework,
                        "mode": "",
                        "error": reason[:600],
                    }
                ]
            with path.open("a") as file:
                for row in rows:
                    file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:4])
