"""Run the pytest-benchmark suite, in one pytest process per framework: ``make bench``.

Each process has the environment of a worker of its framework from its start. Arguments,
such as ``-k two_layer``, are passed on to pytest.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from compare.frameworks import frameworks
from compare.runs.folder import unused_folder
from compare.workers.process import worker_environment

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NO_TESTS_SELECTED = 5  # exit code of pytest, where -k matches no test of a framework


def measure_framework(framework: str, *, out: Path) -> int:
    """Run the suite of one framework, and return the exit code of pytest."""
    with tempfile.TemporaryDirectory() as cache:
        environment = worker_environment(
            frameworks()[framework], threads=1, cache=Path(cache), device="cpu"
        )
        environment["PYTHONPATH"] = str(ROOT)
        command = [sys.executable, "-m", "pytest", str(HERE / "bench_step.py")]
        # As in a worker: some of the measured modes are deprecated.
        command += ["-W", "ignore"]
        command += ["--framework", framework, f"--benchmark-json={out}"]
        done = subprocess.run([*command, *sys.argv[1:]], env=environment, check=False)
    return done.returncode


def main() -> None:
    """Measure every framework, and print how to make a report of the figures."""
    folder = unused_folder(ROOT / "reports" / "bench")
    folder.mkdir(parents=True)
    files = {name: folder / f"{name}.json" for name in frameworks()}
    codes = [measure_framework(name, out=out) for name, out in files.items()]
    for out in files.values():
        if out.exists() and out.stat().st_size:
            print(f"Make a report with: graph-compare report {out.relative_to(ROOT)}")
    selected = [code for code in codes if code != NO_TESTS_SELECTED]
    sys.exit(max(selected, default=NO_TESTS_SELECTED))


if __name__ == "__main__":
    main()
