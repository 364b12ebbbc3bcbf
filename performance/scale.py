"""Whether the order of objectives holds when the controlled zoo's networks are trained four times as long.

`python -m performance.scale FOLDER [FOLDER ...]`: scores networks that were trained into folders beside those that come
with brainrank (800 steps), all of one architecture on the same images, and writes performance/RESULTS-scale.md. A
folder is made by

    brainrank train supervised simclr masked-autoencoder clip --images train-25000.zip --held-out test.zip \
        --steps 3200 --out FOLDER

which takes some forty minutes of a processor. Several folders are several settings, named by their last part.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy.stats import kendalltau

from brainrank.api.cli.scoring import score_all
from brainrank.api.number_text import interval_text, number_text
from brainrank.api.services.views.open_catalogue import open_catalogue
from brainrank.api.settings import Settings
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.score import Score
from brainrank.models_zoo.catalogue import find_model

OBJECTIVES = {
    "supervised": "compact-resnet",
    "simclr": "compact-resnet",
    "clip": "compact-resnet-clip",
    "masked-autoencoder": "compact-resnet",
}
BENCHMARKS = (
    "kriegeskorte2008.human-it.rsa",
    "kriegeskorte2008.monkey-it.rsa",
    "cichy2014.it.rsa",
    "cichy2014.evc.rsa",
    "kriegeskorte2008.judgements.rsa",
    "cowley2023.v4-210325.encoding",
)
SHIPPED = "800 steps"
RESULTS = Path(__file__).with_name("RESULTS-scale.md")
WEIGHTS = Path(__file__).parents[1] / "models_zoo" / "weights"


def settings_of(folders: Sequence[Path]) -> Mapping[str, Mapping[str, tuple[ModelSpec, Path]]]:
    """By setting and objective the network, and its card: those that come with brainrank first."""
    found = {SHIPPED: {each: (find_model(f"controlled-{each}"), WEIGHTS / f"{each}-0.json") for each in OBJECTIVES}}
    for folder in folders:
        found[folder.name] = {
            each: (find_model(f"file:{folder / f'{each}-0.safetensors'}#trained:{network}"), folder / f"{each}-0.json")
            for each, network in OBJECTIVES.items()
        }
    return found


def main() -> None:
    """Score, and write what came of it."""
    catalogue = open_catalogue(Settings().locations)
    settings = settings_of([Path(each).resolve() for each in sys.argv[1:]])
    specs = [spec for of_setting in settings.values() for spec, _ in of_setting.values()]
    benchmarks = [catalogue.benchmark(each) for each in BENCHMARKS]
    done = score_all(specs, benchmarks, catalogue, device="cpu", again=False)
    scores = {(run.model, run.benchmark): run.score for run, _ in done.outcomes}
    RESULTS.write_text(HEADING + "\n".join(lines(settings, scores)))
    print(f"Written: {RESULTS}")


def lines(
    settings: Mapping[str, Mapping[str, tuple[ModelSpec, Path]]], scores: Mapping[tuple[str, str], Score]
) -> list[str]:
    """A row for each setting and objective, and how alike the settings order the objectives."""
    heads = ("setting", "objective", "probe", *BENCHMARKS)
    found = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    values: dict[str, list[list[float]]] = {}
    for setting, of_setting in settings.items():
        for objective, (spec, card) in of_setting.items():
            of_model = [scores[spec.name, each] for each in BENCHMARKS]
            values.setdefault(setting, []).append([each.value for each in of_model])
            cells = [f"{number_text(each.value)} ({interval_text(each.interval)})" for each in of_model]
            probe = json.loads(card.read_text())["accuracy"]["linear_probe"]
            found.append(f"| {' | '.join([setting, objective, number_text(probe), *cells])} |")
    found.append("")
    first, *others = values
    for other in others:
        one, two = np.array(values[first]), np.array(values[other])
        told = [
            f"{name} {number_text(float(kendalltau(one[:, place], two[:, place]).statistic), 2)}"
            for place, name in enumerate(BENCHMARKS)
        ]
        found.append(f"Kendall's tau of the objectives' order, {first} and {other}: {', '.join(told)}.\n")
    return found


HEADING = """# Objectives at another scale

`python -m performance.scale` made this: one architecture, the same 25,000 images, seed 0; values with 95 % intervals
over images and subjects. Probe: linear, on held-out images.

"""

if __name__ == "__main__":
    main()
