"""Start the pytest-benchmark suite, a pytest process a framework: ``make bench``.

Each process gets the environment that a worker of its framework gets, before it imports
anything. Arguments are passed on to pytest, such as ``-k two_layer``.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from compare.frameworks import frameworks
from compare.runs.results import unused
from compare.workers.process import worker_environment

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NOTHING_CHOSEN = 5  # pytest's exit code: -k left this framework nothing


def measure(framework: str, *, to: Path) -> int:
    """Run the suite of one framework; what pytest exited with."""
    with tempfile.TemporaryDirectory() as cache:
        environment = worker_environment(
            frameworks()[framework], threads=1, cache=Path(cache), device="cpu"
        )
        environment["PYTHONPATH"] = str(ROOT)
        command = [sys.executable, "-m", "pytest", str(HERE / "bench_step.py")]
        # As in a worker: some of what is measured is deprecated, and we know.
        command += ["-W", "ignore"]
        command += ["--framework", framework, f"--benchmark-json={to}"]
        done = subprocess.run([*command, *sys.argv[1:]], env=environment, check=False)
    return done.returncode


def main() -> None:
    """Measure every framework, and say how to see the figures as a report."""
    folder = unused(ROOT / "reports" / "bench")
    folder.mkdir(parents=True)
    files = {name: folder / f"{name}.json" for name in frameworks()}
    codes = [measure(name, to=to) for name, to in files.items()]
    for written in (to for to in files.values() if to.exists() and to.stat().st_size):
        print(f"As a report: graph-compare report {written.relative_to(ROOT)}")
    chosen = [code for code in codes if code != NOTHING_CHOSEN]
    sys.exit(max(chosen, default=NOTHING_CHOSEN))


if __name__ == "__main__":
    main()
