"""Do metrics order models alike? Every metric that fits, on the same V4 and IT data.

`python performance/metric_agreement.py` prints the scores, then Spearman's rho of each two metrics over the models,
with its 95 % interval over draws of models (docs/metrics.md holds what it printed).
"""

from collections.abc import Sequence

import numpy as np

import brainrank as br
from brainrank.benchmark.scoring.catalogue import built_in
from brainrank.benchmark.scoring.derived import fitting_metrics
from brainrank.benchmark.statistics.rank_correlation import rank_correlation

REGIONS = ("cowley2023.v4-210325", "kriegeskorte2008.human-it")
MODELS = (
    "pixels",
    "gabor",
    "efficientnet-lite0",
    "controlled-supervised",
    "controlled-blur-to-sharp",
    "controlled-simclr",
    "controlled-moco",
    "controlled-barlow-twins",
    "controlled-byol",
    "controlled-rotation",
    "controlled-jigsaw",
    "controlled-colourisation",
    "controlled-masked-autoencoder",
)


def scored(region: str, metrics: Sequence[str]) -> dict[str, dict[str, float]]:
    """The score of every model by every metric; a metric that cannot score the region is left out, and said so."""
    values = dict[str, dict[str, float]]()
    for metric in metrics:
        found = br.score(MODELS, f"{region}.{metric}", progress=False)
        for failure in found.failures[:1]:
            print(f"{metric}: {failure.error}")
        if len(found) == len(MODELS):
            values[metric] = {each.model: each.value for each in found}
    return values


def print_table(columns: Sequence[str], rows: dict[str, Sequence[str]]) -> None:
    """A table in Markdown."""
    print("| |", " | ".join(columns), "|")
    print("|---|", "---|" * len(columns), sep="")
    for name, cells in rows.items():
        print(f"| {name} |", " | ".join(cells), "|")
    print()


def main() -> None:
    """Score, and correlate."""
    catalogue = built_in()
    for region in REGIONS:
        study, _, name = region.partition(".")
        values = scored(region, fitting_metrics(catalogue.datasets[study], name))
        print(f"\n## {region}: scores\n")
        print_table(list(values), {model: [f"{values[each][model]:.3f}" for each in values] for model in MODELS})
        print(f"## {region}: Spearman's rho over {len(MODELS)} models, with its 95 % interval\n")
        columns = {each: np.array([values[each][model] for model in MODELS]) for each in values}
        rows = {}
        for number, one in enumerate(columns):
            cells = []
            for other in list(columns)[:number]:
                found = rank_correlation(columns[one], columns[other], rng=np.random.default_rng(0))
                cells.append(f"{found.rho:.2f} ({found.interval.low:.2f} to {found.interval.high:.2f})")
            rows[one] = [*cells, *[""] * (len(columns) - number - 1)]
        print_table(list(columns)[:-1], rows)


if __name__ == "__main__":
    main()
