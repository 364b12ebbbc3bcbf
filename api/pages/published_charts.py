"""Published scores against what a network saw or how large it is: as a Plotly figure, and as series for others."""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

from brainrank.api.pages.charts import STYLES, Style, figure, markers, style
from brainrank.api.pages.render import plain_number, score
from brainrank.api.services.views.published import Axis
from brainrank.datasets.published.scores import PublishedLine

OTHERS = "others"


class Series(NamedTuple):
    """A family's lines by run, the states of each by the value on the axis, and how it looks."""

    family: str
    runs: Sequence[Sequence[PublishedLine]]
    look: Style

    @property
    def joined(self) -> bool:
        """Whether some run has several states, which a line joins."""
        return any(len(run) > 1 for run in self.runs)


def series(lines: Sequence[PublishedLine], benchmark: str, across: Axis) -> list[Series]:
    """The lines that can be drawn, by family: the most frequent ones, as many as there are looks, and all others."""
    drawn = drawn_lines(lines, benchmark, across)
    counts = Counter(each.model.family for each in drawn if each.model.family)
    named = sorted(each for each, _ in counts.most_common(len(STYLES) - 1))
    by_family: dict[str, list[PublishedLine]] = {name: [] for name in (*named, OTHERS)}
    for each in drawn:
        by_family[each.model.family if each.model.family in named else OTHERS].append(each)
    looks = {OTHERS: style(-1), **{name: style(place) for place, name in enumerate(named)}}
    return [Series(name, _runs(of_it, across), looks[name]) for name, of_it in by_family.items() if of_it]


def drawn_lines(lines: Sequence[PublishedLine], benchmark: str, across: Axis) -> list[PublishedLine]:
    """Those with a score and a value above 0: 0 and what a table does not tell have no place on a logarithmic axis."""
    return [
        each for each in lines if across.of(each.model) > 0 and not math.isnan(each.scores.get(benchmark, math.nan))
    ]


def published_chart(lines: Sequence[PublishedLine], benchmark: str, across: Axis) -> dict[str, Any]:
    """A point for each model with a score and a place on the axis; states of one run are joined by a line."""
    return figure(
        [_points(each, benchmark, across) for each in series(lines, benchmark, across)],
        height=520,
        xaxis={"title": {"text": across.label}, "type": "log", "dtick": 1, "zeroline": False},
        yaxis={"title": {"text": benchmark}, "zeroline": False},
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
        showlegend=True,
        margin={"l": 60, "r": 15, "t": 70, "b": 50},
    )


def _runs(lines: Sequence[PublishedLine], across: Axis) -> list[list[PublishedLine]]:
    by_name = groupby(sorted(lines, key=lambda each: each.model.name), key=lambda each: each.model.name)
    return [sorted(run, key=lambda each: across.of(each.model)) for _, run in by_name]


def _points(found: Series, benchmark: str, across: Axis) -> dict[str, Any]:
    # Between runs is a gap: a line joins the states of one run alone.
    gap = [None] if found.joined else []
    points = [each for run in found.runs for each in (*run, *gap)]
    return {
        "type": "scatter",
        "mode": "lines+markers" if found.joined else "markers",
        "name": found.family,
        "x": [each and across.of(each.model) for each in points],
        "y": [each and each.scores[benchmark] for each in points],
        "text": [each.model.name if each else "" for each in points],
        "customdata": [_about(each, benchmark, across) if each else "" for each in points],
        "marker": {**markers(found.look, 5 if found.joined else 7), "opacity": 0.75},
        "line": {"color": found.look.colour, "width": 1},
        "hovertemplate": "<b>%{text}</b><br>%{customdata}<extra></extra>",
    }


def _about(line: PublishedLine, benchmark: str, across: Axis) -> str:
    told = f"{score(line.scores[benchmark])}, {plain_number(across.of(line.model))} {across.label}"
    return f"{told}<br>{line.model.training_data} {line.model.objective}".rstrip()
