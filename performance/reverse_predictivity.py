"""How much of each model at hand neurons of macaque V4 predict, beside how much of them it predicts.

`python -m performance.reverse_predictivity` (`make reverse`): some ten minutes of a processor on the activations of
`make results`. Writes docs/reverse-predictivity.md and its figure.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import spearmanr
from threadpoolctl import threadpool_limits

from brainrank.api.cli.progress import TerminalReporter
from brainrank.api.number_text import interval_text, number_text
from brainrank.api.services.analysis.measured_region import layers_on, load_responses
from brainrank.api.services.analysis.reverse_predictivity import BothWays, analyse_both_ways
from brainrank.api.services.home.local_machine import open_machine
from brainrank.api.settings import Settings
from brainrank.benchmark.metrics.regression.quantity_intervals import Estimate
from brainrank.benchmark.scoring.catalogue import built_in
from performance.results import models

SESSIONS = {
    "cowley2023.v4-210325.encoding": "Monkey PE: 50 neurons, 640 images",
    "cowley2023.v4-190925.encoding": "Monkey WE: 36 neurons, 600 images",
}
PAGE = Path(__file__).parents[1] / "docs" / "reverse-predictivity.md"
FIGURE = PAGE.parent / "images" / "reverse-predictivity.svg"
FOLDS, DRAWS, SEED = 5, 1000, 0
UNTRAINED = ("random", "untrained", "pixels", "gabor", "hmax")
INTRODUCTION = """# What neurons predict of models

A model may predict neurons of macaque V4 well, and hold much that they have nothing of. Here each model at hand
predicts neurons (*forward*), and the neurons predict it (*reverse*; Muzellec & Kar 2026): the share of the variance of
all targets together that ridge explains on images held out, with 95 % intervals over images
([how, and how to read it](decisions/reverse-predictivity.md)). *Components* are the same with as many principal
components of the layer as there are neurons. Neurons are noisy: compare the reverse among models, not with the forward.
`brainrank reverse-predictivity` does this for your model; `make reverse` made this page.

![Models by what they predict of neurons, and neurons of them](images/reverse-predictivity.svg)

"""
HEADS = ("model", "forward", "reverse", "forward, components", "reverse, components", "dimensions")


def both_ways_of(benchmark: str) -> Iterator[BothWays]:
    """Both ways of each model, one after the other, as soon as it is had."""
    settings, catalogue = Settings(), built_in()
    with TerminalReporter() as reporter, open_machine(settings, catalogue, device="cpu") as machine:
        region, assembly = load_responses([catalogue.benchmark(benchmark)], catalogue, settings.locations, reporter)
        for spec in models():
            layers = layers_on(spec, region, machine, reporter)
            yield from analyse_both_ways({spec.name: layers}, assembly, folds=FOLDS, draws=DRAWS, seed=SEED)


def table(found: Sequence[BothWays]) -> str:
    """A row a model, that which predicts most of the neurons first."""
    rows = [f"| {' | '.join(HEADS)} |", f"|{'---|' * len(HEADS)}"]
    for each in sorted(found, key=lambda one: -one.rows[0].estimate.value):
        cells = [_cell(row.estimate) for row in each.rows]
        rows.append(f"| {' | '.join([each.space, *cells, f'{each.dimensions:.1f}'])} |")
    return "\n".join(rows)


def agreement(found: Sequence[BothWays]) -> str:
    """How models that predict more are predicted more: over all, and over those that are trained."""
    told = []
    for name, some in (("all", found), ("trained", [each for each in found if is_trained(each.space)])):
        values = np.array([[row.estimate.value for row in each.rows] for each in some])
        whole, few = spearmanr(values[:, 0], values[:, 1]).statistic, spearmanr(values[:, 2], values[:, 3]).statistic
        told.append(f"{name} {len(some)} models: {number_text(whole)} (components {number_text(few)})")
    return "; ".join(told)


def is_trained(name: str) -> bool:
    """Whether a model has learnt from images."""
    return not any(each in name for each in UNTRAINED)


def draw(axes: Axes, found: Sequence[BothWays], title: str) -> None:
    """A point a model with both intervals."""
    for each in found:
        forward, reverse = (row.estimate for row in each.rows[:2])
        colour = "#2f6db5" if is_trained(each.space) else "#c8702a"
        axes.errorbar(
            forward.value,
            reverse.value,
            xerr=_reach(forward),
            yerr=_reach(reverse),
            fmt="o",
            color=colour,
            markersize=4,
            elinewidth=0.6,
            alpha=0.8,
        )
    axes.set_title(title, fontsize=10)
    axes.set_xlabel("the model predicts neurons (R2)")
    axes.spines[["top", "right"]].set_visible(False)


def main() -> None:
    """Predict both ways on each session, and write the page."""
    sessions: dict[str, list[BothWays]] = {}
    with threadpool_limits(limits=1):
        for benchmark in SESSIONS:
            sessions[benchmark] = list(both_ways_of(benchmark))
    write(sessions)
    print(f"Written: {PAGE}")


def write(sessions: Mapping[str, Sequence[BothWays]]) -> None:
    """Write the page and its figure."""
    figure = Figure(figsize=(9, 4), layout="constrained")
    panels = figure.subplots(1, len(sessions), sharey=True)
    for axes, (benchmark, found) in zip(panels, sessions.items(), strict=True):
        draw(axes, found, SESSIONS[benchmark])
    panels[0].set_ylabel("neurons predict the model (R2)")
    panels[0].plot([], [], "o", color="#2f6db5", label="trained")
    panels[0].plot([], [], "o", color="#c8702a", label="untrained or by hand")
    panels[0].legend(frameon=False, fontsize=8)
    FIGURE.parent.mkdir(exist_ok=True)
    figure.savefig(FIGURE, metadata={"Date": None})
    parts = [
        f"## {SESSIONS[benchmark]}\n\n`{benchmark}`; the responses have {found[0].of_responses:.1f} dimensions. "
        f"Spearman's correlation over models of forward and reverse: {agreement(found)}.\n\n{table(found)}\n"
        for benchmark, found in sessions.items()
    ]
    PAGE.write_text(INTRODUCTION + "\n".join(parts))


def _cell(estimate: Estimate) -> str:
    return f"{number_text(estimate.value)} ({interval_text(estimate.interval)})"


def _reach(estimate: Estimate) -> list[list[float]]:
    return [[estimate.value - estimate.interval.low], [estimate.interval.high - estimate.value]]


if __name__ == "__main__":
    main()
