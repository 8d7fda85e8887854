"""Run graph-compare on nodes of a Slurm cluster, one workload at a time on each.

    python slurm.py 4 cnn resnet mlp rnn -v torch/eager -v torch/compile

The first argument is the number of nodes; the others are those of graph-compare run.
"""

import subprocess
import sys

from dask_jobqueue import SLURMCluster

# The profiler of a Dask worker wakes up a hundred times per second.
PROLOGUE = ["export DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED=False"]


def make_cluster() -> SLURMCluster:
    """Return a cluster whose jobs have a node each, with one Dask worker."""
    return SLURMCluster(
        cores=1,  # threads of the Dask worker, which only waits
        processes=1,
        memory="16GB",
        job_cpu=8,  # processors that graph-compare may use
        job_extra_directives=["--exclusive"],  # nothing else runs on the node
        job_script_prologue=PROLOGUE,
        walltime="02:00:00",
        scheduler_options={"dashboard_address": ":0"},
    )


def main() -> int:
    """Start the jobs, execute the run, and end the jobs."""
    nodes, *arguments = sys.argv[1:]
    with make_cluster() as cluster:
        cluster.scale(jobs=int(nodes))
        cluster.wait_for_workers(1)
        command = ["graph-compare", "run", *arguments]
        address = cluster.scheduler_address
        return subprocess.run([*command, "--cluster", address], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
