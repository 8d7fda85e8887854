"""The lessons as a website that opens from disk, without a server or a network.

`build_site` writes an index, one page per lesson, a search and notebooks from finished
results. The output depends only on the results: the same results give the same bytes.

May import the same packages as `compare.study`. Does not run programs.
"""

from compare.study.site.build import build_site
from compare.study.site.folder import RESULTS, refuse_foreign_files

__all__ = ["RESULTS", "build_site", "refuse_foreign_files"]
