"""``python -m compare`` is ``graph-compare``."""

from compare.cli.main import main

main()
