"""Claims as forest plots: each study, all of them together, and below every benchmark of the same recordings."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from brainrank.api.services.analysis.claims import Replication
from brainrank.benchmark.types.score import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"holds": "#1b6ca8", "fails": "#b3422f", "open": "#6b7280"}
ROW_INCHES, WIDTH_INCHES, TITLE_INCHES = 0.2, 7.2, 0.75


def save_claims(found: Sequence[Replication], path: Path) -> None:
    """Draw claims below each other into a file of the kind that its ending says."""
    import matplotlib.pyplot as plt

    heights = [len(_rows(each)) * ROW_INCHES + TITLE_INCHES for each in found]
    figure, axes = plt.subplots(
        len(found), 1, figsize=(WIDTH_INCHES, sum(heights)), height_ratios=heights, squeeze=False, layout="constrained"
    )
    for panel, each in zip(axes[:, 0], found, strict=True):
        draw_claim(panel, each)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def draw_claim(panel: "Axes", found: Replication) -> None:
    """One claim: bold the summary, filled the studies, hollow the benchmarks, sorted by their difference."""
    rows = _rows(found)
    for place, (_, value, interval, verdict, kind) in enumerate(rows):
        colour, y = COLOURS[verdict], len(rows) - place
        panel.plot([interval.low, interval.high], [y, y], color=colour, linewidth=2.4 if kind == "summary" else 1.2)
        fill = colour if kind != "benchmark" else "white"
        marker = "D" if kind == "summary" else "o"
        panel.plot([value], [y], marker=marker, color=colour, markerfacecolor=fill, markersize=5, linestyle="none")
    panel.axvline(0, color="#9ca3af", linewidth=0.8)
    for end in (found.claim.margin, -found.claim.margin) if found.claim.margin else ():
        panel.axvline(end, color="#9ca3af", linewidth=0.8, linestyle=":")
    panel.set_yticks(range(len(rows), 0, -1), [row[0] for row in rows], fontsize=7)
    panel.set_ylim(0.3, len(rows) + 0.7)
    panel.tick_params(axis="x", labelsize=7)
    panel.set_title(f"{found.claim.statement}  ({found.verdict})", loc="left", fontsize=8, wrap=True)
    for side in ("top", "right"):
        panel.spines[side].set_visible(False)


_Row = tuple[str, float, Interval, str, str]


def _rows(found: Replication) -> list[_Row]:
    rows: list[_Row] = []
    if found.summary is not None:
        told = f"all {found.summary.studies} studies"
        rows.append((told, found.summary.value, found.summary.interval, found.verdict, "summary"))
    studies = sorted(found.studies, key=lambda each: -each.effect.value)
    rows += [(each.name, each.effect.value, each.effect.interval, each.verdict, "study") for each in studies]
    benchmarks = sorted(found.specifications, key=lambda each: -each.effect.value)
    rows += [
        (each.benchmark, each.effect.value, each.effect.interval, each.verdict, "benchmark") for each in benchmarks
    ]
    return rows
