"""`brainrank learn`: how models learn from few examples, taught as people were (Huber, Mast & Wichmann 2024)."""

from pathlib import Path
from typing import Annotated, Any

import typer

from brainrank.api.cli.layout import name_column, number_column, print_table, print_text, text_column
from brainrank.api.cli.options import Device, Draws, Json, Plot, Seed
from brainrank.api.cli.output import clear_errors, messages, print_json
from brainrank.api.cli.progress import TerminalReporter
from brainrank.api.number_text import ceiling_text, interval_text, number_text
from brainrank.api.score_json import interval_json
from brainrank.api.services.analysis.learning import (
    Learner,
    LearningAnalysis,
    Teaching,
    analyse_learning,
    as_learners,
    write_trials,
)
from brainrank.api.services.home.local_machine import open_machine
from brainrank.api.services.views.open_catalogue import open_catalogue
from brainrank.api.settings import Settings
from brainrank.benchmark.metrics.learning_curves.consistency import kappa_name
from brainrank.benchmark.metrics.learning_curves.measures import ACCURACY_LAG, AREA, ASYMMETRY, EPOCH_LAG, TO_CRITERION
from brainrank.benchmark.metrics.learning_curves.phases import PHASES

SHOWN = (
    *AREA.values(),
    *TO_CRITERION.values(),
    ACCURACY_LAG,
    EPOCH_LAG,
    *map(kappa_name, PHASES),
    ASYMMETRY,
)


def learn(
    models: Annotated[
        list[str],
        typer.Argument(metavar="MODEL...", help="Names of the catalogue, timm:NAME, or trials:FILE.csv of a learner."),
    ],
    *,
    layer: Annotated[str, typer.Option(metavar="NAME", help="What is read out; the last layer unless given.")] = "",
    fine_tune: Annotated[
        bool, typer.Option("--fine-tune", help="Teach all weights, as the study did; else a readout alone.")
    ] = False,
    runs: Annotated[int, typer.Option(min=2, help="Learners of each model, each with its own order of images.")] = 20,
    rate: Annotated[float, typer.Option(help="Learning rate of a readout.")] = 1.0,
    device: Device = "auto",
    draws: Draws = 1000,
    seed: Seed = 0,
    json: Json = False,
    plot: Plot = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write every answer into FILE, a CSV: one model only.")
    ] = None,
) -> None:
    """Teach models three kinds of objects from 36 images in six epochs, as 12 people were taught, and compare.

    Prints explained learning, the score of huber2024.learning, and how fast each learns, by how much new images lag,
    and error consistency with people, with 95 % intervals over people or runs.
    """
    with clear_errors():
        teaching = Teaching(layer, fine_tune, runs, rate, seed, draws)
        found = _analyse(models, teaching, device, plot, out)
        if json:
            print_json(_as_json(found))
        else:
            _print(found)
        for path in filter(None, (plot, out)):
            messages.print(f"Wrote {path}", soft_wrap=True, markup=False)


def _analyse(
    models: list[str], teaching: Teaching, device: str, plot: Path | None, out: Path | None
) -> LearningAnalysis:
    if plot is not None:
        from brainrank.api.plots.save import checked_ending

        checked_ending(plot)
    asked, own = as_learners(models, several=out is None), Settings()
    with TerminalReporter() as reporter, open_machine(own, open_catalogue(own.locations), device=device) as machine:
        found = analyse_learning(asked, teaching, machine, reporter)
    if plot is not None:
        from brainrank.api.plots.learning import learning_figure
        from brainrank.api.plots.save import save_figure

        save_figure(learning_figure(found), plot)
    if out is not None:
        write_trials(found.learners[0], out)
    return found


def _print(found: LearningAnalysis) -> None:
    rows = []
    for each in (*found.learners, *found.networks):
        if each.score is not None:
            rows.append([each.name, each.how, number_text(each.score.value), interval_text(each.score.interval)])
    columns = [
        name_column("learner"),
        text_column("taught"),
        number_column("explained"),
        number_column("95 % interval"),
    ]
    print_table(columns, rows, title="Explained learning")
    print_text(f"Noise ceiling, what the other people tell of a person: {ceiling_text(found.ceiling)}")
    print_text("")
    shown = (found.people, *found.learners)
    heads = [text_column(""), *(head for each in shown for head in (number_column(each.name), number_column("95 %")))]
    print_table(heads, [_row(name, shown) for name in SHOWN])


def _row(name: str, learners: tuple[Learner, ...]) -> list[str]:
    cells = [name]
    for each in learners:
        cells += [number_text(each.measures[name].value), interval_text(each.measures[name].interval)]
    return cells


def _as_json(found: LearningAnalysis) -> dict[str, Any]:
    ceiling = found.ceiling
    return {
        "ceiling": {
            "lower": ceiling.lower,
            "upper": ceiling.upper,
            "interval": None if ceiling.interval is None else interval_json(ceiling.interval),
        },
        "people": _learner_json(found.people),
        "models": [_learner_json(each) for each in found.learners],
        "networks": [_learner_json(each) for each in found.networks],
    }


def _learner_json(learner: Learner) -> dict[str, Any]:
    score = learner.score
    return {
        "name": learner.name,
        "how": learner.how,
        "observers": len(learner.trials.observers),
        "explained": None if score is None else {"value": score.value, "interval": interval_json(score.interval)},
        "measures": {
            name: {"value": each.value, "interval": interval_json(each.interval), "reason": each.reason}
            for name, each in learner.measures.items()
        },
    }
