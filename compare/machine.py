"""Describe the machine and the package versions that results depend on.

Each fact is one of two kinds. Facts of identity (hardware, versions, settings) must be
the same in two runs whose step times are compared. Volatile facts (`VOLATILE`, and the
build in ``operating system``) are recorded for readers only: they change from run to
run, or with a system update, on the same machine.
"""

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
OPERATING_SYSTEM = "operating system"
# Facts of identity that must not change while a run is interrupted and resumed.
IDENTITY = ("graph-compare", "Python", *PACKAGES, "processor", "processors usable")
# The total memory is volatile because it excludes what the kernel reserves at boot.
VOLATILE = ("load average at start", "memory")
# Values of `platform.machine()`. Not i386: macOS names it after the architecture, on
# every Intel processor.
ARCHITECTURES = {
    *("x86_64", "amd64", "aarch64", "arm64", "armv7l", "armv8l"),
    *("i686", "ppc64le", "riscv64", "s390x"),
}


def machine() -> dict[str, str]:
    """Return facts about this machine, by name, to print and to compare runs by."""
    return {
        "graph-compare": __version__,
        "Python": platform.python_version(),
        **{name: installed_version(name) for name in PACKAGES},
        OPERATING_SYSTEM: platform.platform(),
        "processor": processor_name(),
        "processors usable": str(len(available_cores())),
        "memory": f"{psutil.virtual_memory().total / GIB:.1f} GiB",
        "virtual machine": "yes" if _has_cpu_flag("hypervisor") else "no or unknown",
        "frequency governor": _read_cpu_file("cpufreq/scaling_governor", cpu="cpu0"),
        "turbo frequencies": turbo_state(),
        "processors isolated": _read_cpu_file("isolated") or "none",
        "threads of a core": thread_siblings(),
        "processor quota": processor_quota(),
        "workers started at a time": "as many as processors allow, each on its own",
        "load average at start": f"{os.getloadavg()[0]:.2f}",
        "GPU": ", ".join(list_gpus()) or "none found",
    }


def select_identity(facts: dict[str, str]) -> dict[str, str]:
    """Return the facts that two runs on the same machine have in common.

    Volatile facts are left out. Of the operating system only its name and the
    architecture remain.

    Args:
        facts: as returned by `machine`, possibly with versions of frameworks.
    """
    identity = {name: fact for name, fact in facts.items() if name not in VOLATILE}
    if OPERATING_SYSTEM in identity:
        system = identity[OPERATING_SYSTEM]
        identity[OPERATING_SYSTEM] = system_and_architecture(system)
    return identity


def system_and_architecture(system: str) -> str:
    """Return the name and the architecture of an operating system, without its build.

    Args:
        system: as returned by `platform.platform`, for example
            ``Linux-6.12.1-cloud-amd64-x86_64-with-glibc2.36``. The release may contain
            another name of the architecture; the last one counts.
    """
    name, *rest = system.split("-")
    found = [part for part in rest if part.lower() in ARCHITECTURES]
    return f"{name} {found[-1]}" if found else name


def available_cores() -> list[int]:
    """Return the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def installed_version(package: str) -> str:
    """Return the version of a distribution without importing it."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def processor_name() -> str:
    """Return the model name of the processor, or the architecture if it is unknown."""
    for line in _read_cpu_info():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def processor_features() -> list[str]:
    """Return the instruction sets of the processor, on which NumPy's kernels depend."""
    names = ("flags", "Features")  # on x86 and on ARM
    found = (line for line in _read_cpu_info() if line.startswith(names))
    return sorted(next(found, "").partition(":")[2].split())


def list_gpus() -> list[str]:
    """Return NVIDIA devices with their driver version; empty without a driver."""
    try:
        import pynvml  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError:
        found = Path("/dev/nvidiactl").exists()
        return ["unknown; needs: pip install 'graph-compare[gpu]'"] if found else []
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return []
    driver = pynvml.nvmlSystemGetDriverVersion()
    handles = map(pynvml.nvmlDeviceGetHandleByIndex, range(pynvml.nvmlDeviceGetCount()))
    return [f"{pynvml.nvmlDeviceGetName(h)} (driver {driver})" for h in handles]


def _read_cpu_info() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def _has_cpu_flag(flag: str) -> bool:
    lines = _read_cpu_info()
    return any(flag in line.split() for line in lines if line.startswith("flags"))


def turbo_state() -> str:
    """Return ``on`` or ``off`` for turbo frequencies, or that it is not exposed.

    A turbo frequency is one that the processor can hold only for a short time.
    """
    for name, on in (("intel_pstate/no_turbo", "0"), ("cpufreq/boost", "1")):
        found = _read_cpu_file(name)
        if found != UNKNOWN:
            return "on" if found == on else "off"
    return UNKNOWN


def thread_siblings() -> str:
    """Return the processors that share a core with the last usable processor."""
    last = available_cores()[-1]
    found = _read_cpu_file("topology/thread_siblings_list", cpu=f"cpu{last}")
    return found if found == UNKNOWN or not found.isdigit() else "one each"


def processor_quota() -> str:
    """Return the limit on a container's processor time, or ``none``."""
    path = Path("/sys/fs/cgroup/cpu.max")
    if not path.exists():
        return UNKNOWN
    allowed, period = path.read_text().split()
    if allowed == "max":
        return "none"
    return f"{int(allowed) / int(period):g} processors"


def _read_cpu_file(name: str, *, cpu: str = "") -> str:
    """Return the contents of a file of Linux about all processors or one of them."""
    path = Path("/sys/devices/system/cpu") / cpu / name
    try:
        return path.read_text().strip()
    except OSError:
        return UNKNOWN
