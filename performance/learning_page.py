"""The tables and figures of docs/learning.md, of what `performance.learning` and `performance.learning_steps` found."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from brainrank.api.number_text import number_text
from brainrank.api.plots.journal import DOUBLE_COLUMN_MM, MM, journal
from brainrank.api.plots.save import save_figure
from brainrank.benchmark.metrics.learning_curves.consistency import kappa_name
from brainrank.benchmark.metrics.learning_curves.measures import ACCURACY_LAG, AREA, ASYMMETRY, EPOCH_LAG, TO_CRITERION
from brainrank.benchmark.metrics.learning_curves.phases import PHASES
from brainrank.benchmark.statistics.false_discovery import benjamini_hochberg

DOCS = Path(__file__).parents[1] / "docs"
PAGE, FIGURE, STEPS_FIGURE = (
    DOCS / "learning.md",
    DOCS / "images" / "learning.png",
    DOCS / "images" / "learning-steps.png",
)
STEPS = Path(__file__).with_name("learning_steps.json")
SEED = re.compile(r"-seed\d+$")
SHOWN = {
    "area, new images": AREA[1],
    "epochs to 60 %": TO_CRITERION[1],
    "lag": ACCURACY_LAG,
    "lag in epochs": EPOCH_LAG,
    "kappa": kappa_name(PHASES[1]),
    "one-sided": ASYMMETRY,
}
OF_STEPS = {
    "V4": "cowley2023.v4-210325.encoding",
    "IT": "kriegeskorte2008.human-it.rsa",
    "judgements": "kriegeskorte2008.judgements.rsa",
    "silhouettes": "geirhos2021.silhouette.error-consistency",
    "learning": "huber2024.learning",
}


def write_page(found: Mapping[str, Any]) -> None:
    """Put the tables between their marks, and leave what people wrote around them as it is."""
    tables = {"people": _people(found), "models": _models(found), "rates": _rates(found)}
    if STEPS.is_file():
        steps = json.loads(STEPS.read_text())
        tables["steps"] = _steps(steps)
        save_figure(steps_figure(steps), STEPS_FIGURE)
    text = PAGE.read_text()
    for name, lines in tables.items():
        marked = re.compile(f"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        text = marked.sub(lambda mark, lines=lines: mark[1] + "\n".join(lines) + "\n" + mark[2], text)  # type: ignore[misc]
    PAGE.write_text(text)


def _cell(estimate: Mapping[str, Any], digits: int = 2) -> str:
    if estimate["value"] is None:
        return "never"
    value, ends = number_text(estimate["value"], digits), estimate["interval"]
    return value if ends is None else f"{value} ({number_text(ends[0], digits)} to {number_text(ends[1], digits)})"


def _table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]


def _people(found: Mapping[str, Any]) -> list[str]:
    learners = {"people": found["people"]} | {name: each["measures"] for name, each in found["networks"].items()}
    score = {name: _cell(each["explained"]) for name, each in found["networks"].items()}
    ceiling = f"{number_text(found['ceiling']['lower'], 2)} to {number_text(found['ceiling']['upper'], 2)}, the ceiling"
    return _table(
        ["learner", "explained", *SHOWN],
        (
            [name, score.get(name, ceiling), *(_cell(each[measure]) for measure in SHOWN.values())]
            for name, each in learners.items()
        ),
    )


def by_objective(models: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    """Models of one objective of the controlled zoo together, seed by seed; any other by itself."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for name, each in models.items():
        found.setdefault(SEED.sub("", name), []).append(each)
    order = {name: np.mean([one["explained"]["value"] for one in each]) for name, each in found.items()}
    return {name: found[name] for name in sorted(found, key=lambda name: -order[name])}


def _models(found: Mapping[str, Any]) -> list[str]:
    """A row for each objective or model: the first seed with intervals, and explained learning of all seeds."""
    groups = by_objective(found["models"])
    first = [each[0] for each in groups.values()]
    q = benjamini_hochberg(np.array([np.nan if one["less"]["p"] is None else one["less"]["p"] for one in first]))
    rows = []
    for (name, each), share in zip(groups.items(), q, strict=True):
        values = [one["explained"]["value"] for one in each]
        seeds = f"; seeds {', '.join(number_text(one, 2) for one in values)}" if len(each) > 1 else ""
        less = _cell(each[0]["less"]) + (f", q {number_text(share, 3)}" if share == share else "")
        told = [_cell(each[0]["measures"][measure]) for measure in SHOWN.values()]
        rows.append([f"`{name}`", each[0]["family"], _cell(each[0]["explained"]) + seeds, less, *told])
    return _table(["model", "family", "explained", "less untrained", *SHOWN], iter(rows))


def _rates(found: Mapping[str, Any]) -> list[str]:
    """Over models, at each learning rate: means, and how alike their order is to that at a rate of 1."""
    from scipy.stats import spearmanr

    models = list(found["models"].values())
    rates = list(models[0]["rates"])
    value = {
        rate: {
            name: np.array([one["rates"][rate][name] for one in models])
            for name in ("explained", ACCURACY_LAG, AREA[1])
        }
        for rate in rates
    }
    rows = []
    for rate in rates:
        cells = [rate]
        for name in ("explained", AREA[1], ACCURACY_LAG):
            each, at_one = value[rate][name], value["1.0"][name]
            alike = "" if rate == "1.0" else f", rho {number_text(float(spearmanr(each, at_one).statistic), 2)}"
            mean, low, high = (number_text(float(one), 2) for one in (each.mean(), each.min(), each.max()))
            cells.append(f"{mean} ({low} to {high}){alike}")
        rows.append(cells)
    return _table(["rate", "explained", "area, new images", "lag"], iter(rows))


def _of(step: Mapping[str, Any], benchmark: str) -> Mapping[str, Any] | None:
    return next((one for one in step["scores"] if one["benchmark"] == benchmark and one["value"] is not None), None)


def _steps(steps: Mapping[str, Any]) -> list[str]:
    rows = []
    for objective, each in steps.items():
        for step, found in each.items():
            cells = [objective, step, number_text(found["probe"], 3)]
            for benchmark in OF_STEPS.values():
                score = _of(found, benchmark)
                cells.append(
                    "-" if score is None else _cell({"value": score["value"], "interval": _low_high(score)}, 3)
                )
            rows.append(cells)
    return _table(["objective", "step", "probe", *OF_STEPS], iter(rows))


def _low_high(score: Mapping[str, Any]) -> list[float] | None:
    interval = score["interval"]
    return None if interval is None else [interval["low"], interval["high"]]


def steps_figure(steps: Mapping[str, Any]) -> Figure:
    """Draw probe accuracy and scores against the step of training, a panel each, on a logarithmic axis from step 1."""
    with journal():
        figure = Figure(figsize=(DOUBLE_COLUMN_MM * MM, 95 * MM), layout="constrained")
        panels = figure.subplots(2, 3, sharex=True).ravel()
        for objective, each in steps.items():
            at = [max(int(step), 1) for step in each]
            panels[0].plot(at, [one["probe"] for one in each.values()], marker="o", markersize=2, linewidth=0.9)
            for panel, (name, benchmark) in zip(panels[1:], OF_STEPS.items(), strict=True):
                found = [_of(one, benchmark) for one in each.values()]
                value = np.array([np.nan if one is None else one["value"] for one in found])
                ends = [None if one is None else _low_high(one) for one in found]
                low, high = (np.array([np.nan if one is None else one[place] for one in ends]) for place in (0, 1))
                (line,) = panel.plot(at, value, marker="o", markersize=2, linewidth=0.9, label=objective)
                panel.fill_between(at, low, high, color=line.get_color(), alpha=0.08, linewidth=0)
                panel.set_title(name)
        panels[0].set_title("accuracy of a linear probe")
        panels[0].set_xscale("log")
        for panel in panels[3:]:
            panel.set_xlabel("step of training (0 drawn at 1)")
        for panel in panels:
            panel.spines[["top", "right"]].set_visible(False)
        handles, labels = panels[1].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=5, frameon=False)
    return figure
