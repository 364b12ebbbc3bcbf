"""Published scores as a figure for print: each model a point, families by colour and marker, runs joined."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from brainrank.api.pages.published_charts import series
from brainrank.api.plots.journal import DOUBLE_COLUMN_MM, MM, journal
from brainrank.api.services.views.published import Axis
from brainrank.datasets.published.scores import PublishedLine

HEIGHT_MM = 90.0


def published_figure(lines: Sequence[PublishedLine], benchmark: str, across: Axis, *, source: str) -> Figure:
    """Draw scores on a benchmark against a count, on a logarithmic axis; `source` says whose numbers they are."""
    with journal():
        figure = Figure(figsize=(DOUBLE_COLUMN_MM * MM, HEIGHT_MM * MM), layout="constrained")
        panel = figure.subplots()
        for each in series(lines, benchmark, across):
            for place, run in enumerate(each.runs):
                panel.plot(
                    [across.of(line.model) for line in run],
                    [line.scores[benchmark] for line in run],
                    marker=each.look.marker,
                    color=each.look.colour,
                    markersize=2.5,
                    linewidth=0.6,
                    alpha=0.75,
                    label=None if place else each.family,
                )
        panel.set_xscale("log")
        panel.set_xlabel(across.label)
        panel.set_ylabel(benchmark)
        panel.spines[["top", "right"]].set_visible(False)
        figure.legend(loc="outside upper left", ncols=4, frameon=False)
        figure.supxlabel(f"published by others: {source}", fontsize=5)
    return figure
