"""A worker whose implementation package has one defect: started instead of the real.

``python tests/planted/worker.py FRAMEWORK DEFECT REQUESTS REPLIES``
"""

from __future__ import annotations

import sys
import tempfile
from importlib.machinery import SourceFileLoader
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from defects import DEFECTS, Defect


def plant(defect: Defect, *, package: str) -> None:
    """Edit the package's files while they are imported."""
    compiled = SourceFileLoader.source_to_code
    sys.pycache_prefix = tempfile.mkdtemp()  # nothing compiled earlier may be used

    def edited(loader, data, path, **options):
        where = Path(path)
        for file, edits in defect.edits.items():
            if where.as_posix().endswith(f"{package}/{file}"):
                for original, defective in edits:
                    source = bytes(data).decode()
                    if original not in source:
                        raise SystemExit(f"{path}: no longer holds: {original}")
                    data = source.replace(original, defective).encode()
        return compiled(loader, data, path, **options)

    SourceFileLoader.source_to_code = edited


if __name__ == "__main__":
    framework, name = sys.argv[1:3]
    plant(DEFECTS[framework][name], package=f"impl_{framework}")
    sys.argv[1:3] = []
    from compare.worker import main

    main()
