"""The object that a comparison returns: as text, HTML, table, chart and JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from compare.errors import UsageError
from compare.notebook.chart import build_chart
from compare.notebook.facts import encode_comparison
from compare.notebook.page import render_comparison
from compare.notebook.text import describe_comparison
from compare.render.svg import NOT_INSTALLED

if TYPE_CHECKING:
    import pandas as pd

    from compare.notebook.facts import ComparisonFacts


@dataclass(frozen=True, kw_only=True)
class FunctionComparison:
    """The comparison of two functions, or of one with its captured mode.

    In a notebook it is shown as tables and a chart.
    """

    facts: ComparisonFacts

    @property
    def frame(self) -> pd.DataFrame:
        """One row per tensor and dtype: difference, tolerance, share, verdict."""
        import pandas as pd  # noqa: PLC0415 - heavy, on demand

        rows = [
            {"dtype": check.dtype, **msgspec.structs.asdict(tensor)}
            for check in self.facts.checks
            for tensor in check.tensors
        ]
        return pd.DataFrame(rows)

    @property
    def chart(self) -> Any:  # noqa: ANN401 - an altair.Chart, which is optional
        """The ratio of times and the share of each tolerance, as a chart of Altair.

        Raises:
            UsageError: Altair is not installed, or nothing was measured.
        """
        try:
            import altair  # noqa: ICN001, PLC0415 - an optional extra
        except ModuleNotFoundError as error:
            raise UsageError(NOT_INSTALLED) from error
        spec = build_chart(self.facts)
        if spec is None:
            raise UsageError(
                "there is no chart: no time and no difference was measured"
            )
        return altair.Chart.from_dict(spec)

    def to_json(self) -> str:
        """Return everything as JSON; see ``graph-compare schema comparison``."""
        return encode_comparison(self.facts)

    def __repr__(self) -> str:
        """Return the verdicts and their evidence as text."""
        return describe_comparison(self.facts)

    def _repr_html_(self) -> str:
        """Return the comparison for a notebook."""
        return render_comparison(self.facts)
