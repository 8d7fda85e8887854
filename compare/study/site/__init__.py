"""The lessons as a website that opens from disk, without a server or a network.

`build.build` writes it from finished results: an index, a page a lesson, a search.
Nothing in it depends on when it is built: the same results give the same bytes.
"""

from compare.study.site.build import build
from compare.study.site.folder import RESULTS, refuse_foreign

__all__ = ["RESULTS", "build", "refuse_foreign"]
