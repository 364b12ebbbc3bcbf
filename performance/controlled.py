"""The controlled zoo on the leaderboard: a row for each objective, over its seeds, and the figure of it."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.figure import Figure

from brainrank.api.cli.board_files import markdown_table
from brainrank.api.number_text import NOTHING, interval_text, number_text
from brainrank.api.plots.save import save_figure

if TYPE_CHECKING:
    from brainrank.api.services.boards.leaderboard import Leaderboard, LeaderboardRow

PREFIX = "controlled-"
SEED = re.compile(r"-seed\d+$")
COLOURS = {
    "supervised": "#1f4e79",
    "self-supervised": "#2e8b57",
    "language-supervised": "#8b5a9f",
    "generative": "#c2703d",
    "recurrent": "#0f7c8c",
    "classical": "#6b6b6b",
    "untrained": "#111111",
}


# Between the seeds of one objective, of the room it has.
SPREAD = 0.45


class Compared(NamedTuple):
    """An objective, its family, and the rows of its seeds, best objective first."""

    objective: str
    family: str
    rows: Sequence["LeaderboardRow"]

    def values(self, group: str) -> Sequence[float]:
        """Each seed's mean over a group."""
        return [row.groups[group] for row in self.rows if group in row.groups]


def compared(board: "Leaderboard") -> Sequence[Compared]:
    """The objectives of the controlled zoo that have been scored, by the mean over their seeds."""
    found: dict[str, list[LeaderboardRow]] = {}
    for row in board.rows:
        if row.model.startswith(PREFIX):
            found.setdefault(SEED.sub("", row.model.removeprefix(PREFIX)), []).append(row)
    objectives = [Compared(name, rows[0].family, rows) for name, rows in found.items()]
    return sorted(objectives, key=lambda each: -float(np.mean([row.value for row in each.rows])))


def table(board: "Leaderboard", objectives: Sequence[Compared]) -> str:
    """Mean over seeds of each group, with the range of the seeds, and the interval of the first seed."""
    groups = board.counted_groups
    header = ["objective", "family", "seeds", *groups, "mean", "95 % interval (first seed)"]
    rows = []
    for each in objectives:
        first = min(each.rows, key=lambda row: len(row.model))
        cells = [_over_seeds(each.values(group)) for group in groups]
        mean = _over_seeds([row.value for row in each.rows])
        rows.append([each.objective, each.family, str(len(each.rows)), *cells, mean, interval_text(first.interval)])
    return markdown_table(header, rows)


def _over_seeds(values: Sequence[float]) -> str:
    if not values:
        return NOTHING
    mean = number_text(float(np.mean(values)))
    return mean if len(values) == 1 else f"{mean} ({number_text(min(values))} to {number_text(max(values))})"


def draw(boards: Mapping[str, "Leaderboard"], objectives: Sequence[Compared], path: Path) -> None:
    """A panel for each group's board: every seed a dot, with its 95 % interval."""
    shown = {group: {row.model: row for row in board.rows} for group, board in boards.items()}
    figure = Figure(figsize=(2.4 + 2.3 * len(shown), 1.2 + 0.27 * len(objectives)), layout="constrained")
    panels = figure.subplots(1, len(shown), sharey=True, squeeze=False)[0]
    untrained = [row.model for each in objectives if each.objective == "untrained" for row in each.rows]
    for (group, rows), panel in zip(shown.items(), panels, strict=True):
        if untrained:
            panel.axvline(float(np.mean([rows[model].value for model in untrained])), color="grey", lw=0.8, ls="--")
        for place, each in enumerate(objectives):
            colour = COLOURS.get(each.family, "grey")
            seeds = [rows[row.model] for row in each.rows]
            for seed, height in zip(seeds, place + SPREAD * np.linspace(-1, 1, len(seeds) + 2)[1:-1], strict=True):
                panel.plot([seed.interval.low, seed.interval.high], [height] * 2, color=colour, lw=1, alpha=0.5)
                panel.plot(seed.value, height, "o", color=colour, ms=4)
        panel.set_title(group, fontsize=10)
        panel.tick_params(axis="y", length=0)
        panel.grid(axis="y", color="#eeeeee")
        panel.set_axisbelow(True)
        panel.spines[["top", "right", "left"]].set_visible(False)
    panels[0].set_yticks(range(len(objectives)), [each.objective for each in objectives])
    panels[0].set_ylim(len(objectives) - 0.5, -0.5)
    _legend(figure, {each.family for each in objectives})
    label = "share of the noise ceiling, mean over a group's studies, 95 % interval; a dot a seed; dashed: untrained"
    figure.supxlabel(label, fontsize=10)
    save_figure(figure, path)


def _legend(figure: Figure, families: set[str]) -> None:
    from matplotlib.lines import Line2D

    known: Mapping[str, str] = {family: colour for family, colour in COLOURS.items() if family in families}
    handles = [Line2D([], [], marker="o", ls="", color=colour, label=family) for family, colour in known.items()]
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles), frameon=False, fontsize=9)
