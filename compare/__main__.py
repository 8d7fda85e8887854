"""``python -m compare`` is ``graph-compare``."""

from compare.cli import main

main()
