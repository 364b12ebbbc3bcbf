"""`brainrank analyse presentation-times`: accuracy and error consistency by how long an image was shown."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from brainrank.api.cli.analyse.trial_options import Categories, Trials
from brainrank.api.cli.layout import name_column, number_column, print_table, print_text
from brainrank.api.cli.options import Columns, Draws, Json, Plot, Seed, names_in
from brainrank.api.cli.output import clear_errors, print_json
from brainrank.api.number_text import interval_text, number_text
from brainrank.api.people_json import estimate_json
from brainrank.api.services.analysis.consistency import models_among
from brainrank.api.services.analysis.presentation_times import AtTime, TimeCourse, analyse_presentation_times
from brainrank.benchmark.metrics.behaviour.error_consistency import MINIMUM_SHARED, UndefinedKappa
from brainrank.benchmark.metrics.behaviour.group_consistency import Estimate
from brainrank.benchmark.types.errors import choice
from brainrank.datasets.readers.presentation_times import read_presentation_times
from brainrank.datasets.readers.trial_columns import stated_columns

MARGIN = 0.1


def presentation_times(
    trials: Trials,
    models: Annotated[
        str | None,
        typer.Option(metavar="NAMES", help="Observers that are models, such as resnet*,vit-b; or a column `kind`."),
    ] = None,
    margin: Annotated[
        float, typer.Option(help="How far kappa may be from that at the longest time and be called the same.")
    ] = MARGIN,
    minimum_shared: Annotated[
        int | None, typer.Option(min=2, help="Trials that a pair must share at a time; 20 (or all) unless given.")
    ] = None,
    convention: Annotated[
        str, typer.Option(help="What an undefined kappa is: raw (none) or model-vs-human (1 where all answers agree).")
    ] = "raw",
    categories: Categories = None,
    columns: Columns = None,
    draws: Draws = 400,
    seed: Seed = 0,
    json: Json = False,
    plot: Plot = None,
) -> None:
    """Tell accuracy and error consistency at each presentation time, of people and of models with people.

    Trials have a column duration_ms, and a condition for each kind of images. Intervals are over images and people.
    Told, too: the shortest time from which on the consistency of people is that at the longest.
    """
    with clear_errors():
        if plot is not None:
            from brainrank.api.plots.save import checked_ending

            checked_ending(plot)
        given = read_presentation_times(
            trials,
            categories=None if categories is None else names_in(categories, option="--categories"),
            columns=None if columns is None else stated_columns(columns),
        )
        patterns = [] if models is None else names_in(models, option="--models")
        found = analyse_presentation_times(
            given,
            models=frozenset().union(*(models_among(each, patterns) for each in given.values())),
            margin=margin,
            convention=choice(UndefinedKappa, convention, "convention"),
            minimum=MINIMUM_SHARED if minimum_shared is None else minimum_shared,
            draws=draws,
            seed=seed,
        )
        if plot is not None:
            from brainrank.api.plots.presentation_times import presentation_time_figure
            from brainrank.api.plots.save import save_figure

            save_figure(presentation_time_figure(found), plot)
        if json:
            head = {"margin": margin, "convention": convention, "draws": draws, "seed": seed}
            print_json(head | {"conditions": [_course_json(each) for each in found]})
            return
        _print(found, margin)


def _course_json(course: TimeCourse) -> dict[str, Any]:
    return {
        "condition": course.condition,
        "stable_from_ms": course.stable_from_ms,
        "times": [_time_json(each) for each in course.times],
    }


def _time_json(at: AtTime) -> dict[str, Any]:
    return {
        "duration_ms": at.duration_ms,
        "people": at.people,
        "images": at.images,
        **{name: estimate_json(getattr(at, name)) for name in ("accuracy", "kappa", "latent_r", "change")},
        "models": [
            {
                "model": name,
                "accuracy": at.model_accuracy[name],
                "kappa": estimate_json(cell.kappa),
                "latent_r": estimate_json(cell.latent_r),
            }
            for name, cell in at.models.items()
        ],
    }


def _print(found: Sequence[TimeCourse], margin: float) -> None:
    columns = [
        name_column("condition"),
        *map(number_column, ("ms", "people", "images")),
        name_column("who"),
        *map(number_column, ("right", "95 % interval", "kappa", "95 % interval")),
    ]
    rows = []
    for course in found:
        for at in course.times:
            head = [course.condition, f"{at.duration_ms:g}", str(at.people), str(at.images)]
            rows.append([*head, "people", *_cells(at.accuracy), *_cells(at.kappa)])
            rows += [
                [*head, f"{name} with them", number_text(at.model_accuracy[name]), "", *_cells(cell.kappa)]
                for name, cell in at.models.items()
            ]
    print_table(columns, rows)
    for course in found:
        print_text(f"{course.condition}: {_stable(course, margin)}")


def _cells(estimate: Estimate) -> tuple[str, str]:
    return number_text(estimate.value), interval_text(estimate.interval)


def _stable(course: TimeCourse, margin: float) -> str:
    longest = f"{course.times[-1].duration_ms:g} ms"
    if course.stable_from_ms is None:
        return f"at no shorter time is kappa of people surely within {number_text(margin)} of that at {longest}"
    return f"from {course.stable_from_ms:g} ms on kappa of people is within {number_text(margin)} of that at {longest}"
