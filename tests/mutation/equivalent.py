"""The mutants that no test can detect, each with the reason: ``equivalent.csv``."""

from __future__ import annotations

import csv
from pathlib import Path

TABLE = Path(__file__).with_name("equivalent.csv")
Key = tuple[str, str, str, str]


def equivalent_mutants() -> dict[Key, str]:
    """Return the key of each equivalent mutant, with the reason."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {
            (row["file"], row["within"], row["source"], row["edit"]): row["reason"]
            for row in csv.DictReader(file)
        }
