"""What all charts share: colours, symbols and names, on pages and in figures alike.

Each colour has a contrast of at least 3 to 1 with white and with the dark paper (WCAG 2.2, 1.4.11). Eight colours
within those bounds cannot all be told apart by everybody, so that each has a symbol of its own and is never alone.
"""

from typing import Any, NamedTuple


class Style(NamedTuple):
    """A series' colour, its symbol in Plotly, and the same symbol in matplotlib."""

    colour: str
    symbol: str
    marker: str


STYLES = (
    Style("#2b7bd4", "circle", "o"),
    Style("#d55e00", "square", "s"),
    Style("#0f9d6c", "diamond", "D"),
    Style("#c2569b", "triangle-up", "^"),
    Style("#9c7a00", "triangle-down", "v"),
    Style("#8a63d2", "pentagon", "p"),
    Style("#c8503f", "star", "*"),
    Style("#7f8894", "x", "X"),
)
FAMILIES = (
    "supervised", "self-supervised", "language-supervised", "generative", "robust", "recurrent", "classical",
    "untrained",
)  # fmt: skip
ZERO = {"dash": "dot", "width": 1, "color": "#7f8894"}


def style(place: int) -> Style:
    """The style of the series at a place; after eight they come again."""
    return STYLES[place % len(STYLES)]


def family_style(family: str) -> Style:
    """The style of a family of models, the same everywhere; one that nobody has listed is drawn as the last."""
    return style(FAMILIES.index(family) if family in FAMILIES else -1)


def markers(found: Style, size: int = 9) -> dict[str, Any]:
    """A series' markers in Plotly."""
    return {"color": found.colour, "symbol": found.symbol, "size": size}


class NameParts(NamedTuple):
    """What a benchmark's name is made of."""

    study: str
    region: str
    metric: str


def parts(benchmark: str) -> NameParts:
    """Take STUDY.REGION.METRIC apart."""
    study, _, rest = benchmark.partition(".")
    region, _, metric = rest.rpartition(".")
    return NameParts(study, region, metric)


def figure(data: list[dict[str, Any]], *, links: str = "", **layout: Any) -> dict[str, Any]:
    """A Plotly figure as charts.js takes it; with `links`, a point with an id leads to the page of it below there."""
    return {"data": data, "layout": layout, **({"links": links} if links else {})}
