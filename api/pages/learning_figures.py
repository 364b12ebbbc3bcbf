"""Learning curves as Plotly's figure: people with their band, the study's networks thin, a model bold."""

from collections.abc import Sequence
from typing import Any

from brainrank.api.pages.charts import figure
from brainrank.api.pages.score_figures import BAND
from brainrank.api.services.views.learning_curves import PublishedCurves, RunCurves

TITLES = {"training": "training, before feedback", "test": "new images"}
MODEL, PEOPLE, QUIET = "#1f77b4", "#888888", "rgba(128, 128, 128, 0.55)"


def learning(model: str, run: RunCurves, published: PublishedCurves) -> dict[str, Any]:
    """Accuracy by epoch: training on the left, new images on the right."""
    data: list[dict[str, Any]] = []
    for place, (phase, values) in enumerate(run.model.items()):
        axes = {} if place == 0 else {"xaxis": "x2", "yaxis": "y2"}
        first = place == 0
        epochs = list(range(1, len(values) + 1))
        band = published.people[phase]
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": "people, 95 %",
                "showlegend": first,
                "x": [*epochs, *epochs[::-1]],
                "y": [*(high for _, high in band), *(low for low, _ in band[::-1])],
                "fill": "toself",
                "fillcolor": BAND,
                "line": {"width": 0},
                "hoverinfo": "skip",
                **axes,
            }
        )
        for number, (name, curve) in enumerate(published.networks.items()):
            shown = first and number == 0
            data.append(_line("networks of the study" if shown else name, curve[phase], QUIET, 1, shown=shown) | axes)
        data.append(_line("people", run.people[phase], PEOPLE, 3, shown=first) | axes)
        data.append(_line(model, values, MODEL, 4, shown=first, mode="lines+markers") | axes)
    title = [{"title": {"text": f"epoch, {TITLES[phase]}"}, "dtick": 1} for phase in run.model]
    return figure(
        data,
        xaxis=title[0] | {"domain": [0, 0.48]},
        xaxis2=title[1] | {"domain": [0.52, 1], "anchor": "y2"},
        yaxis={"title": {"text": "accuracy"}, "range": [0, 1.02]},
        yaxis2={"range": [0, 1.02], "anchor": "x2", "showticklabels": False},
        showlegend=True,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )


def _line(
    name: str, values: Sequence[float], colour: str, width: int, *, shown: bool, mode: str = "lines"
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": mode,
        "name": name,
        "showlegend": shown,
        "x": list(range(1, len(values) + 1)),
        "y": list(values),
        "line": {"color": colour, "width": width},
        "hovertemplate": "epoch %{x}: %{y:.3f}<extra>%{fullData.name}</extra>",
    }
