"""Names of nodes that are unique within a graph."""

from __future__ import annotations


class UniqueNames:
    """Gives each node a name of its own, close to the wanted one."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def take(self, wanted: str) -> str:
        """Return the wanted name; the second node of that name gets ``NAME~2``."""
        count = self._taken[wanted] = self._taken.get(wanted, 0) + 1
        return wanted if count == 1 else self.take(f"{wanted}~{count}")
