"""Claims as forest plots: each study, all of them together, and below every benchmark of the same recordings."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brainrank.api.plots.journal import DOUBLE_COLUMN_MM, INK, MM, QUIET, journal
from brainrank.api.plots.save import save_figure
from brainrank.api.services.analysis.replication import Replication
from brainrank.benchmark.claims.effects import FAILS, HOLDS, OPEN

COLOURS = {HOLDS: INK, FAILS: "#b3422f", OPEN: QUIET}
ROW_MM, TITLE_MM = 5.0, 19.0
BELOW = 0.28
"""Rows that variations are drawn below their benchmark."""


def save_claims(found: Sequence[Replication], path: Path) -> None:
    """Draw claims below each other into a file. Raises as `save_figure`."""
    heights = [len(each.rows()) * ROW_MM + TITLE_MM for each in found]
    with journal():
        figure = Figure(figsize=(DOUBLE_COLUMN_MM * MM, sum(heights) * MM), layout="constrained")
        panels = figure.subplots(len(found), 1, height_ratios=heights, squeeze=False)[:, 0]
        for panel, each in zip(panels, found, strict=True):
            draw_claim(panel, each)
        save_figure(figure, path)


def draw_claim(panel: Axes, found: Replication) -> None:
    """One claim: bold the summary, filled the studies, hollow the benchmarks, each sorted; strokes are variations."""
    rows = found.rows()
    for place, (_, value, interval, verdict, kind) in enumerate(rows):
        colour, y = COLOURS[verdict], len(rows) - place
        panel.plot([interval.low, interval.high], [y, y], color=colour, linewidth=2.4 if kind == "all studies" else 1.2)
        fill = colour if kind != "benchmark" else "white"
        marker = "D" if kind == "all studies" else "o"
        panel.plot([value], [y], marker=marker, color=colour, markerfacecolor=fill, markersize=5, linestyle="none")
    places = {row.name: len(rows) - place for place, row in enumerate(rows) if row.kind == "benchmark"}
    varied = [each for each in found.variations if each.benchmark in places]
    panel.plot(
        [each.difference for each in varied], [places[each.benchmark] - BELOW for each in varied],
        marker="|", color=INK, alpha=0.5, markersize=4, linestyle="none",
    )  # fmt: skip
    panel.axvline(0, color="#9ca3af", linewidth=0.8)
    for end in (found.claim.margin, -found.claim.margin) if found.claim.margin else ():
        panel.axvline(end, color="#9ca3af", linewidth=0.8, linestyle=":")
    panel.set_yticks(range(len(rows), 0, -1), [row[0] for row in rows])
    panel.set_ylim(0.3, len(rows) + 0.7)
    panel.set_title(f"{found.claim.statement}  ({found.verdict})", loc="left", wrap=True)
    panel.spines[["top", "right"]].set_visible(False)
