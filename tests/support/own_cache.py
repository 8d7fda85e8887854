"""A cache folder of its own for each run of a test; compiled code is shared."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path

from compare.errors import RunError
from compare.pipeline.compile_cache import NAME, find_cache_folder


@contextmanager
def own_cache(frameworks=("torch", "tf")):
    """Yield a new cache folder without results of earlier runs.

    Code that takes long to compile is that of the user's cache: each framework's folder
    is a link to it.
    """
    try:
        shared = find_cache_folder()
    except RunError:  # a test cannot use the user's cache, as a run could not
        frameworks = ()
    with tempfile.TemporaryDirectory(prefix="graph-compare-tests-") as cache:
        folder = Path(cache) / NAME
        folder.mkdir(mode=0o700)
        for framework in frameworks:
            compiled = (shared / framework).resolve()
            compiled.mkdir(exist_ok=True)
            (folder / framework).symlink_to(compiled)
        yield cache
