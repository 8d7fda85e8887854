"""A real worker that fails if its compile cache contains a file named ``damaged``."""

from __future__ import annotations

import os
from pathlib import Path

from compare.workers import messages, worker


class DamagedCacheHandler(worker.RequestHandler):
    """Loads compiled code when it prepares a session."""

    def handle(self, request):
        cache = Path(os.environ["COMPILE_CACHE"])
        if isinstance(request, messages.Prepare) and (cache / "damaged").exists():
            raise OSError("file too short: kernel.so")
        return super().handle(request)


if __name__ == "__main__":
    worker.RequestHandler = DamagedCacheHandler
    worker.main()
