"""The machine, the versions and the state that results depend on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from compare import __version__

PACKAGES = ("numpy", "pandas", "scipy")
GIB = 2**30
UNKNOWN = "not exposed"
# What must not change within a run.
IDENTITY = ("graph-compare", "Python", *PACKAGES, "processor", "processors usable")
# What says how busy the machine was, not which it is: it differs from run to run.
VOLATILE = ("load average at start",)


def machine() -> dict[str, str]:
    """Facts about this machine, by name, for people to read and runs to compare."""
    return {
        "graph-compare": __version__,
        "Python": platform.python_version(),
        **{name: installed(name) for name in PACKAGES},
        "operating system": platform.platform(),
        "processor": processor(),
        "processors usable": str(len(available_cores())),
        "memory": f"{psutil.virtual_memory().total / GIB:.1f} GiB",
        "virtual machine": "yes" if _has_cpu_flag("hypervisor") else "no or unknown",
        "frequency governor": _read("cpufreq/scaling_governor", of="cpu0"),
        "turbo frequencies": turbo(),
        "processors isolated": _read("isolated") or "none",
        "threads of a core": siblings(),
        "processor quota": quota(),
        "workers started at a time": "as many as processors allow, each on its own",
        "load average at start": f"{os.getloadavg()[0]:.2f}",
        "GPU": ", ".join(gpus()) or "none found",
    }


def available_cores() -> list[int]:
    """Return the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def installed(package: str) -> str:
    """The version of a distribution, without importing it."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def processor() -> str:
    """The processor's own name, where the system tells it."""
    for line in _cpu_info():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def gpus() -> list[str]:
    """NVIDIA devices with their driver; empty where there is no driver."""
    import pynvml  # noqa: PLC0415 - only who asks pays

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return []
    driver = pynvml.nvmlSystemGetDriverVersion()
    handles = map(pynvml.nvmlDeviceGetHandleByIndex, range(pynvml.nvmlDeviceGetCount()))
    return [f"{pynvml.nvmlDeviceGetName(h)} (driver {driver})" for h in handles]


def _cpu_info() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def _has_cpu_flag(flag: str) -> bool:
    return any(flag in line.split() for line in _cpu_info() if line.startswith("flags"))


def turbo() -> str:
    """Whether the processor may run faster for a while than it can for long."""
    for name, on in (("intel_pstate/no_turbo", "0"), ("cpufreq/boost", "1")):
        found = _read(name)
        if found != UNKNOWN:
            return "on" if found == on else "off"
    return UNKNOWN


def siblings() -> str:
    """Which processors share a core with the last that is usable here."""
    last = available_cores()[-1]
    found = _read("topology/thread_siblings_list", of=f"cpu{last}")
    return found if found == UNKNOWN or not found.isdigit() else "one each"


def quota() -> str:
    """How much processor time a container may use, where it is limited."""
    path = Path("/sys/fs/cgroup/cpu.max")
    if not path.exists():
        return UNKNOWN
    allowed, period = path.read_text().split()
    if allowed == "max":
        return "none"
    return f"{int(allowed) / int(period):g} processors"


def _read(name: str, *, of: str = "") -> str:
    """What the system says of its processors, or of one of them."""
    path = Path("/sys/devices/system/cpu") / of / name
    try:
        return path.read_text().strip()
    except OSError:
        return UNKNOWN
