"""Dask workers in network namespaces of their own, each with a host name and one core.

Needs root and iproute2. Each namespace is a machine for graph-compare: it has its own
host name. A bridge in the namespace of this process connects them to the scheduler.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from distributed import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

BRIDGE, SUBNET = "gcbridge", "10.213.7"
DASK = [sys.executable, "-m", "dask"]
START_S = 60


def explain_missing() -> str:
    """Return why namespaces cannot be used here; empty if they can."""
    if os.geteuid() != 0:
        return "namespaces need root"
    missing = [name for name in ("ip", "unshare", "taskset") if not shutil.which(name)]
    return f"not installed: {', '.join(missing)}" if missing else ""


def ip(*words: str) -> None:
    """Change the network with iproute2."""
    subprocess.run(["ip", *words], check=True)


@contextmanager
def open_namespace(number: int) -> Iterator[str]:
    """Yield the name of a network namespace that is connected to the bridge."""
    name, link = f"gcmachine{number}", f"gclink{number}"
    ip("netns", "add", name)
    try:
        ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("link", "set", link, "master", BRIDGE, "up")
        address = f"{SUBNET}.{number + 10}/24"
        ip("-n", name, "address", "add", address, "dev", "eth0")
        ip("-n", name, "link", "set", "lo", "up")
        ip("-n", name, "link", "set", "eth0", "up")
        yield name
    finally:
        ip("netns", "delete", name)


@contextmanager
def open_bridge() -> Iterator[None]:
    """Create the bridge that connects the namespaces, and remove it at the end."""
    ip("link", "add", BRIDGE, "type", "bridge")
    try:
        ip("address", "add", f"{SUBNET}.1/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        yield
    finally:
        ip("link", "delete", BRIDGE)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and its children."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@dataclass(kw_only=True)
class NamespaceCluster:
    """A scheduler, and at most one worker in each namespace."""

    namespaces: list[str]
    log: Path
    environment: dict[str, str]
    address: str = f"tcp://{SUBNET}.1:18786"
    workers: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, command: list[str]) -> subprocess.Popen[bytes]:
        """Start a process of Dask, with its output in the log."""
        quiet = {"DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False"}
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                env={**self.environment, **quiet},
                start_new_session=True,
            )

    def start_worker(self, number: int) -> None:
        """Start the worker of a namespace on its core, unless it runs."""
        if number in self.workers:
            return
        core = sorted(os.sched_getaffinity(0))[number]
        script = f'hostname machine-{number + 1} && exec taskset -c {core} "$@"'
        worker = [*DASK, "worker", self.address, "--nthreads", "1", "--no-nanny"]
        inside = ["ip", "netns", "exec", self.namespaces[number]]
        own_name = ["unshare", "--uts", "sh", "-c", script, "sh"]
        command = [*inside, *own_name, *worker, "--no-dashboard"]
        self.workers[number] = self.start(command)

    def kill_worker(self, number: int) -> None:
        """Kill the worker of a namespace."""
        end_group(self.workers.pop(number))

    def use_workers(self, count: int) -> None:
        """Start or kill workers, and wait until this many are connected."""
        for number in range(count):
            self.start_worker(number)
        for number in [each for each in self.workers if each >= count]:
            self.kill_worker(number)
        deadline = time.monotonic() + START_S
        with Client(self.address, timeout=START_S) as client:
            while len(client.nthreads()) != count:
                if time.monotonic() > deadline:
                    message = f"{count} workers did not start: {self.log.read_text()}"
                    raise RuntimeError(message)
                time.sleep(0.1)


@contextmanager
def open_cluster(
    count: int, *, log: Path, environment: dict[str, str]
) -> Iterator[NamespaceCluster]:
    """Yield a cluster with this many namespaces; kill its processes at the end."""
    with ExitStack() as stack:
        stack.enter_context(open_bridge())
        names = [stack.enter_context(open_namespace(each)) for each in range(count)]
        cluster = NamespaceCluster(namespaces=names, log=log, environment=environment)
        command = [*DASK, "scheduler", "--no-dashboard", "--host", f"{SUBNET}.1"]
        scheduler = cluster.start([*command, "--port", "18786"])
        stack.callback(end_group, scheduler)
        stack.callback(
            lambda: [cluster.kill_worker(each) for each in list(cluster.workers)]
        )
        yield cluster
