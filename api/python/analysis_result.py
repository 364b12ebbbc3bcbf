"""What the results of analyses have in common: a number with its interval and ceiling, and how they show it."""

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from brainrank.api.number_text import ceiling_text, interval_text, number_text
from brainrank.api.python.score_html import table_html
from brainrank.benchmark.types.score import Interval, NoiseCeiling

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class AnalysisResult:
    """A number of an analysis, with its 95 % interval and the noise ceiling (NaN, with the reason, without one)."""

    value: float
    unit: str
    interval: Interval
    ceiling: NoiseCeiling

    def frame(self) -> "pd.DataFrame":
        """The parts of the number as a tidy frame."""
        raise NotImplementedError

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw it into `ax`, or a new figure's axes; return them."""
        raise NotImplementedError

    def _facts(self) -> dict[str, str]:
        """What is told of it, by what it is."""
        return {
            self.unit: number_text(self.value),
            "95 % interval": interval_text(self.interval),
            "noise ceiling": ceiling_text(self.ceiling),
        }

    def __repr__(self) -> str:
        told = ", ".join(f"{name} {value}" for name, value in self._facts().items())
        return f"<{type(self).__name__}: {told}>"

    def _repr_html_(self) -> str:
        rows = [(escape(name), escape(value)) for name, value in self._facts().items()]
        return table_html((), rows, ())
