"""A run that is spread over the machines of a Dask cluster.

A *part* is one workload with all its cells. One task of Dask executes one part as a run
of its own, in a process on a machine that does nothing else meanwhile. The parent
merges the files that come back into the one run folder.

A whole workload is the smallest part. Ratios are formed within one process's launches
on one machine, and references, compile caches and the data of a workload are shared by
its launches. Launches of a workload on several machines would need another estimator.

- `run`: connect, plan, dispatch, merge; what `compare.api` calls.
- `dispatch`: which part runs where, and again elsewhere if a machine is lost.
- `dask`: the workers of a Dask scheduler, and `local` ones; all that imports Dask.
- `task`, `part`: what runs on a machine: the task of Dask, and the process of a part.
- `machines`: names, versions, and whether machines may work on one run.
- `transfer`: what is sent and what comes back; checked when it arrives.
- `merge`: add the results of a part to the run folder, once.

May import `compare.pipeline` and what is below it.
"""
