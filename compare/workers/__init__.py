"""Worker processes: each imports one framework and hosts one session at a time.

`messages` defines the protocol and `framing` its encoding, `worker` the child process,
`process` the parent's end of one worker, `pool` all workers of a run. `starting` starts
a worker as a new process, `forking` as a fork of a `fork_server`, which has imported
the framework (`importing`). `connection` sends a request and waits for its reply,
`output` stores what a worker prints, `lifeline` ends a worker with its parent. In a
worker, `sentinel` shows how busy the machine is, `memory` measures its own memory, and
`stopwatch` runs a lesson's program.

May import `compare.machine`, `compare.workloads`, `compare.numerics` and lower
layers. The worker's side imports neither pandas nor a rendering library.

Public names: `process.Worker`, `process.WorkerSpec`, `process.CannotRunError`,
`process.InterruptedWorkError`, `process.worker_environment`, `failures.naming_bugs`,
`failures.UnexpectedError`, `pool.WorkerPool`, and
every message of `messages`.
"""
