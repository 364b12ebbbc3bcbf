"""The result of `br.partition`: the parts of explained variance, over targets and of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from types import MappingProxyType
from typing import TYPE_CHECKING

from brainrank.api.number_text import interval_text, number_text
from brainrank.api.python.score_html import table_html

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from brainrank.api.python.brain_map import BrainMap
    from brainrank.api.services.analysis.partition import PartitionAnalysis, PartitionRow
    from brainrank.benchmark.metrics.regression.quantity_intervals import Estimate


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class PartitionResult:
    """Explained variance by feature space: medians over targets, each with `value` and `interval`.

    Example:
        >>> p = br.partition({"language": a, "images": b}, lab)  # doctest: +SKIP
        >>> p.unique["language"].value, p.shared["language", "images"].interval  # doctest: +SKIP

    """

    _found: "PartitionAnalysis"

    @property
    def spaces(self) -> tuple[str, ...]:
        """The names of the feature spaces."""
        return self._found.spaces

    @property
    def unique(self) -> "Mapping[str, Estimate]":
        """What each space explains and no other does: the R2 of all less that of the others."""
        return MappingProxyType({each.spaces[0]: each.estimate for each in self._rows if each.quantity == "unique"})

    @property
    def shared(self) -> "Mapping[tuple[str, ...], Estimate]":
        """What each set of spaces explains alike, and no other space does; by their names in order."""
        return MappingProxyType({each.spaces: each.estimate for each in self._rows if each.quantity == "shared"})

    @property
    def r2(self) -> "Mapping[tuple[str, ...], Estimate]":
        """The held-out R2 of each space alone, and of them together; by their names in order."""
        return MappingProxyType({each.spaces: each.estimate for each in self._rows if each.quantity == "r2"})

    @property
    def ceiling(self) -> "Estimate":
        """The R2 that the true responses would have: explainable variance; NaN without repeats."""
        return self._found.ceiling.median

    @property
    def layers(self) -> Mapping[str, tuple[str, ...]]:
        """The layer of each space in each fold."""
        return MappingProxyType(dict(self._found.layers))

    @cached_property
    def _rows(self) -> "tuple[PartitionRow, ...]":
        return self._found.rows

    def frame(self) -> "pd.DataFrame":
        """A row for each quantity: unique, shared, r2 or ceiling, of which spaces, median over targets, interval."""
        import pandas as pd

        rows = [(each.quantity, " + ".join(each.spaces), *_numbers(each.estimate), each.reason) for each in self._rows]
        return pd.DataFrame(rows, columns=["quantity", "spaces", "value", "low", "high", "reason"])

    def targets(self) -> "pd.DataFrame":
        """A row for each target and quantity, with its interval, and the reason where it has none."""
        import pandas as pd

        names, reasons = self._found.assembly.targets, self._found.reasons
        rows = [
            (name, each.quantity, " + ".join(each.spaces), *_numbers(estimate), each.reason or reason)
            for each in self._rows
            for name, reason, estimate in zip(names, reasons, each.targets, strict=True)
        ]
        return pd.DataFrame(rows, columns=["target", "quantity", "spaces", "value", "low", "high", "reason"])

    def map(self, name: str) -> "BrainMap":
        """A quantity back in the brain: `unique-NAME` of a space, `shared-NAME-NAME`, `r2` of all, or `ceiling`.

        Raises BrainrankError for another name, and where nobody knows where the targets lie.
        """
        from brainrank.api.python.brain_map import BrainMap
        from brainrank.api.services.analysis.partition_maps import partition_map

        return BrainMap(partition_map(self._found, name))

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the parts, each R2 and the noise ceiling, with intervals, into `ax` or a new figure's axes."""
        from brainrank.api.plots.partition import draw_partition, height_of
        from brainrank.api.python.plot_axes import axes_or_new

        panel = axes_or_new(ax, height=height_of(self._found))
        draw_partition(panel, self._found)
        return panel

    def __repr__(self) -> str:
        told = ", ".join(
            f"{each.label} {number_text(each.estimate.value)} [{interval_text(each.estimate.interval)}]"
            for each in self._found.main_rows
        )
        return f"<PartitionResult: {told}>"

    def _repr_html_(self) -> str:
        rows = [
            (escape(each.label), number_text(each.estimate.value), interval_text(each.estimate.interval))
            for each in self._rows
        ]
        reasons = [escape(self._found.ceiling_reason)] if self._found.ceiling_reason else []
        return table_html(("", "median over targets", "95 % interval"), rows, reasons)


def _numbers(estimate: "Estimate") -> tuple[float, float, float]:
    return estimate.value, estimate.interval.low, estimate.interval.high
