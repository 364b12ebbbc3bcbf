"""The controlled zoo on the leaderboard: a row for each objective, over its seeds, and the figure of it."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.figure import Figure

from brainrank.api.cli.numbers import NOTHING, written, written_interval
from brainrank.api.plots.save import save_figure

if TYPE_CHECKING:
    from brainrank.api.services.leaderboard import Leaderboard, LeaderboardRow

PREFIX = "controlled-"
SEED = re.compile(r"-seed\d+$")
COLOURS = {
    "supervised": "#1f4e79",
    "self-supervised": "#2e8b57",
    "language-supervised": "#8b5a9f",
    "generative": "#c2703d",
    "classical": "#6b6b6b",
    "untrained": "#111111",
}


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
    """Mean over seeds of each group, with the range of the seeds, and the interval over stimuli of the first seed."""
    groups = board.counted_groups
    header = ["objective", "family", "seeds", *groups, "mean", "95 % interval over stimuli (first seed)"]
    lines = [header, ["---"] * len(header)]
    for each in objectives:
        first = min(each.rows, key=lambda row: len(row.model))
        cells = [_over_seeds(each.values(group)) for group in groups]
        mean = _over_seeds([row.value for row in each.rows])
        lines.append([each.objective, each.family, str(len(each.rows)), *cells, mean, written_interval(first.interval)])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _over_seeds(values: Sequence[float]) -> str:
    if not values:
        return NOTHING
    mean = written(float(np.mean(values)))
    return mean if len(values) == 1 else f"{mean} ({written(min(values))} to {written(max(values))})"


def draw(board: "Leaderboard", objectives: Sequence[Compared], path: Path) -> None:
    """A panel for each group: every seed a dot, its interval over stimuli where the group is one benchmark wide."""
    groups = [group for group in board.counted_groups if any(each.values(group) for each in objectives)]
    figure = Figure(figsize=(2.4 + 2.3 * len(groups), 1.2 + 0.27 * len(objectives)), layout="constrained")
    panels = figure.subplots(1, len(groups), sharey=True, squeeze=False)[0]
    untrained = next((each for each in objectives if each.objective == "untrained"), None)
    for group, panel in zip(groups, panels, strict=True):
        if untrained is not None and untrained.values(group):
            panel.axvline(float(np.mean(untrained.values(group))), color="grey", lw=0.8, ls="--")
        for place, each in enumerate(objectives):
            values = each.values(group)
            panel.plot(values, [place] * len(values), "o", color=COLOURS.get(each.family, "grey"), ms=5, alpha=0.75)
        panel.set_title(group, fontsize=10)
        panel.tick_params(axis="y", length=0)
        panel.grid(axis="y", color="#eeeeee")
        panel.set_axisbelow(True)
        panel.spines[["top", "right", "left"]].set_visible(False)
    panels[0].set_yticks(range(len(objectives)), [each.objective for each in objectives])
    panels[0].set_ylim(len(objectives) - 0.5, -0.5)
    _legend(figure, {each.family for each in objectives})
    figure.supxlabel("mean over the group's studies; a dot a seed; dashed: untrained", fontsize=10)
    save_figure(figure, path)


def _legend(figure: Figure, families: set[str]) -> None:
    from matplotlib.lines import Line2D

    known: Mapping[str, str] = {family: colour for family, colour in COLOURS.items() if family in families}
    handles = [Line2D([], [], marker="o", ls="", color=colour, label=family) for family, colour in known.items()]
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles), frameon=False, fontsize=9)
