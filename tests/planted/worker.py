"""A worker whose implementation package has defects.

``python tests/planted/worker.py FRAMEWORK DEFECT REQUESTS REPLIES``

The sources of the package are edited while Python imports them. The package is imported
again for each session whose configuration names another ``defect``.
"""

from __future__ import annotations

import sys
import tempfile
from importlib.machinery import SourceFileLoader
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from defects import DEFECTS
from undeclared import UNDECLARED


class Planter:
    """Edits the sources of one package according to the current defect."""

    def __init__(self, framework: str, defect: str) -> None:
        self._defects = {**DEFECTS[framework], **UNDECLARED[framework]}
        self._package = f"impl_{framework}"
        self.defect = defect
        sys.pycache_prefix = tempfile.mkdtemp()  # no earlier bytecode
        compiled = SourceFileLoader.source_to_code

        def edited(loader, data, path, **options):
            return compiled(loader, self._edited(data, path), path, **options)

        SourceFileLoader.source_to_code = edited

    def plant(self, defect: str) -> None:
        """Have the package imported again, with this defect only."""
        if defect == self.defect:
            return
        self.defect = defect
        sys.pycache_prefix = tempfile.mkdtemp()
        for name in [n for n in sys.modules if n.startswith(self._package)]:
            del sys.modules[name]

    def _edited(self, data: bytes, path: str) -> bytes:
        where = Path(path).as_posix()
        edits_of = self._defects[self.defect].edits if self.defect else {}
        for file, edits in edits_of.items():
            whole = file if file.startswith("compare/") else f"{self._package}/{file}"
            if not where.endswith(whole):
                continue
            for original, defective in edits:
                source = bytes(data).decode()
                if original not in source:
                    raise SystemExit(f"{path}: expected source with: {original}")
                data = source.replace(original, defective).encode()
        return data


if __name__ == "__main__":
    planter = Planter(*sys.argv[1:3])
    sys.argv[1:3] = []
    from compare.workers import messages, worker

    class PlantingHandler(worker.RequestHandler):
        """Plants the defect that a session's configuration names."""

        def handle(self, request):
            if isinstance(request, messages.Prepare):
                defect = request.config.pop("defect", planter.defect)
                planter.plant(defect)
            return super().handle(request)

    worker.RequestHandler = PlantingHandler
    worker.main()
