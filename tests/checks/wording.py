"""Find words that ENGLISH replaces by plain technical terms: ``make check`` runs it.

The project once had a dialect of its own, terse and literary, that readers could not
search for. Each pattern below belonged to it; the text beside it says what to write.
Names in code are checked like prose: ``told_apart`` contains *told*.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from subprocess import run
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parents[2]
SUFFIXES = {".css", ".html", ".jinja", ".js", ".md", ".py", ".toml"}

# pattern -> what to write instead
WORDS = {
    r"said|says?|saying": "states, prints, reports; or the subject's own verb",
    r"told|tells?|telling": "reports, shows, distinguishes",
    r"knows|knew": "stores, contains, recognises",
    r"lies|lied": "is (within, outside), sends an invalid reply",
    r"dies|died|dying|bury|buried|obituary": "exits, crashes, is cleaned up",
    r"wants|hears?|unasked": "requires, needs, receives; by default",
    r"stands?|stood": "is, appears, is listed",
    r"beside": "next to, in addition to, and",
    r"alike": "the same, identical, equally",
    r"nobody|somebody|anybody|whoever|nowhere": "name the subject: no user, a caller",
    r"anew|afresh": "again",
    r"mend|mends|mended|mending": "fix",
    r"likewise|merely|withal|hitherto": "also, only",
    r"otherwise than|as many as there are|by holm": "a complete comparison",
    r"so many|so often|so few": "this many; a number",
}
PATTERN = re.compile(
    rf"(?<!\.)(?<!cannot )(?<!CANNOT_)\b({'|'.join(WORDS)})\b", re.IGNORECASE
)  # not file.tell(), nor the verdict "cannot tell"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One word to replace."""

    path: Path
    line: int
    word: str

    def __str__(self) -> str:
        """``path:line: "word": write ...``."""
        advice = next(
            text
            for words, text in WORDS.items()
            if re.fullmatch(words, self.word, re.IGNORECASE)
        )
        return f'{self.path}:{self.line}: "{self.word}": write {advice}'


def find_words(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line number and the word of everything to replace in a text."""
    for number, line in enumerate(text.splitlines(), start=1):
        for match in PATTERN.finditer(line.replace("_", " ")):
            yield number, match[0]


def tracked_files() -> list[Path]:
    """Return the text files that git tracks or would track, without generated ones."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    paths = (Path(line) for line in listed.stdout.splitlines())
    return [
        path
        for path in paths
        if path.suffix in SUFFIXES
        and path.parts[0] != "reports"
        and path.parent != Path("tests/checks")
        and (ROOT / path).is_file()
    ]


def check(paths: Iterable[Path]) -> list[Finding]:
    """Return every word to replace in these files."""
    return [
        Finding(path=path, line=line, word=word)
        for path in paths
        for line, word in find_words((ROOT / path).read_text())
    ]


def main() -> None:
    """Check the files named on the command line, or all that git tracks."""
    named = [
        path
        for name in sys.argv[1:]
        for path in (sorted(Path(name).rglob("*")) if Path(name).is_dir() else [name])
        if Path(path).suffix in SUFFIXES
    ]
    findings = check([Path(name).resolve() for name in named] or tracked_files())
    for finding in findings:
        print(finding)
    sys.exit(f"{len(findings)} words to replace" if findings else 0)


if __name__ == "__main__":
    main()
