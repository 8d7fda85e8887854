"""Wheels of a package with planted changes between its versions."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

PACKAGE = "planted"
METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
WHEEL = (
    "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
)


def release(folder: Path, sources: dict[str, str], *, package: str = PACKAGE) -> None:
    """Write one wheel per version, with a module of this source text."""
    folder.mkdir(parents=True, exist_ok=True)
    for version, source in sources.items():
        info = f"{package}-{version}.dist-info"
        files = {
            f"{package}.py": source,
            f"{info}/METADATA": METADATA.format(name=package, version=version),
            f"{info}/WHEEL": WHEEL,
        }
        record = "".join(f"{name},,\n" for name in (*files, f"{info}/RECORD"))
        with ZipFile(folder / f"{package}-{version}-py3-none-any.whl", "w") as wheel:
            for name, text in {**files, f"{info}/RECORD": record}.items():
                wheel.writestr(name, text)
