"""Edit source files of packages while Python imports them."""

from __future__ import annotations

from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Edits = Sequence[Sequence[str]]  # pairs of source text and its defective form


def edit_sources(edits_of: Callable[[str], Edits]) -> None:
    """Edit every file that is imported from now on and has edits.

    Bytecode of these files is neither read nor written. That of all others is used:
    compiling a whole framework takes ten seconds.

    Args:
        edits_of: the edits of a file, given its path with slashes; empty for none.
    """
    compiled, known = SourceFileLoader.source_to_code, SourceFileLoader.path_stats

    def refuse_bytecode(loader, path):
        if edits_of(Path(path).as_posix()):
            raise OSError
        return known(loader, path)

    def edit(loader, data, path, **options):
        for original, defective in edits_of(Path(path).as_posix()):
            source = bytes(data).decode()
            if original not in source:
                raise SystemExit(f"{path}: expected source with: {original}")
            data = source.replace(original, defective).encode()
        return compiled(loader, data, path, **options)

    SourceFileLoader.path_stats = refuse_bytecode
    SourceFileLoader.source_to_code = edit
