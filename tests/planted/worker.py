"""A worker whose implementation package has defects.

``python tests/planted/worker.py FRAMEWORK DEFECT REQUESTS REPLIES``

The sources of the package are edited while Python imports them. The package is imported
again for each session whose configuration names another ``defect``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2]))

from defects import DEFECTS
from undeclared import UNDECLARED

from tests.support.edited_sources import edit_sources

if TYPE_CHECKING:
    from collections.abc import Sequence


class Planter:
    """Edits the sources of one package according to the current defect."""

    def __init__(self, framework: str, defect: str) -> None:
        known = DEFECTS.get(framework, {}), UNDECLARED.get(framework, {})
        self._defects = {**known[0], **known[1]}
        self._package = f"impl_{framework}"
        self.defect = defect
        edit_sources(self._edits_of)

    def plant(self, defect: str) -> None:
        """Have the package imported again, with this defect only."""
        if defect == self.defect:
            return
        self.defect = defect
        for name in [n for n in sys.modules if n.startswith(self._package)]:
            del sys.modules[name]

    def _edits_of(self, path: str) -> Sequence[Sequence[str]]:
        edits_of = self._defects[self.defect].edits if self.defect else {}
        for file, edits in edits_of.items():
            whole = file if file.startswith("compare/") else f"{self._package}/{file}"
            if path.endswith(whole):
                return edits
        return ()


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
