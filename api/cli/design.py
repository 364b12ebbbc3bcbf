"""`brainrank design`: plan a study that tells models apart: its power, its images, and a paragraph for the paper."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from brainrank.api.cli.layout import name_column, number_column, print_table, print_text, text_column
from brainrank.api.cli.measured_spaces import layers_of_models
from brainrank.api.cli.options import Device, Json, OnDatasets
from brainrank.api.cli.output import clear_errors, print_json
from brainrank.api.cli.progress import TerminalReporter
from brainrank.api.number_text import number_text
from brainrank.api.services.analysis.design_text import (
    REFERENCES,
    design_json,
    subjects_text,
)
from brainrank.api.services.analysis.study_design import (
    Asked,
    PlannedStudy,
    chosen_benchmark,
    plan_with_noise_of,
    pool_of,
)
from brainrank.api.services.home.local_machine import open_machine
from brainrank.api.services.views.open_catalogue import open_catalogue
from brainrank.api.settings import Settings
from brainrank.benchmark.design.design import LEAST_WORLDS, WORLDS, Plan, Planned, check_plan
from brainrank.benchmark.design.natural import categories_of
from brainrank.benchmark.files.storage import written_whole
from brainrank.benchmark.types.errors import UserError


def design(
    models: Annotated[list[str], typer.Argument(metavar="MODEL MODEL...", help="The models to tell apart.")],
    *,
    images: Annotated[
        str, typer.Option("--images", metavar="DIR|NAME", help="The pool: a folder, a study (STUDY.REGION) or package.")
    ],
    subjects: Annotated[int, typer.Option(help="How many subjects the study will have.")],
    noise: Annotated[
        str,
        typer.Option(metavar="BENCHMARK", help="An RSA benchmark whose subjects differ as those of the study will."),
    ],
    choose: Annotated[
        int | None,
        typer.Option(metavar="K", help="Choose so many images that tell the models apart best; all without."),
    ] = None,
    natural: Annotated[
        bool,
        typer.Option("--natural", help="Keep the choice like the pool in category, luminance, contrast and slope."),
    ] = False,
    layers: Annotated[
        list[str] | None,
        typer.Option(
            "--layers",
            metavar="[MODEL=]NAME",
            help="The layer that stands for each model or for the one named, or a glob; of several, and without, the "
            "one most like the benchmark's subjects.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the list of images as CSV, into a new file.")
    ] = None,
    worlds: Annotated[int, typer.Option(min=LEAST_WORLDS, help="Simulated studies of each true model.")] = WORLDS,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the simulation.")] = 0,
    dataset: OnDatasets = None,
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Plan a study that tells models apart: its power, the images to show, and a paragraph for the methods.

    Models are compared by RDMs. Each is in turn the true one in simulated studies with so many subjects and the noise
    of an existing benchmark; all are scored, and compared over images and subjects.
    """
    with clear_errors():
        if out is not None:
            _check_new(out)
        names = tuple(dict.fromkeys(models))
        asked = Asked(names, layers_of_models(layers or (), names))
        found = _plan(asked, images, noise, Plan(subjects, choose, natural, worlds, seed), dataset or (), device)
        if out is not None:
            write_images(found, out)
        if json:
            print_json(design_json(found.design, found.benchmark) | {"methods": found.methods})
            return
    _print(found, out)


def _plan(asked: Asked, images: str, noise: str, plan: Plan, datasets: Sequence[str], device: str) -> PlannedStudy:
    check_plan(plan, len(asked.models))
    settings = Settings()
    catalogue = open_catalogue(settings.locations, datasets)
    benchmark = chosen_benchmark(noise, catalogue, settings.locations)
    with (
        TerminalReporter() as reporter,
        open_machine(settings, catalogue, device=device) as machine,
        pool_of(images, settings.locations, reporter) as pool,
    ):
        return plan_with_noise_of(benchmark, asked, pool, plan, machine, reporter)


def _check_new(path: Path) -> None:
    """Raise UserError for a file that is there."""
    if path.exists():
        raise UserError(f"--out {path} is there already, and is not written over; give another name, or move it away")


def write_images(found: PlannedStudy, path: Path) -> None:
    """The images of the study, in the pool's order: id, file, category. Raises UserError for a file that is there."""
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["image", "file", "category"])
    shown = set(found.design.images)
    for stimulus, category in zip(found.pool.stimuli, categories_of(found.pool), strict=True):
        if stimulus.stimulus_id in shown:
            table.writerow([stimulus.stimulus_id, stimulus.path, category])
    _check_new(path)
    with written_whole(path) as file:
        file.write(text.getvalue().encode())


def _print(found: PlannedStudy, out: Path | None) -> None:
    plan = found.design
    print_text(f"{len(plan.images)} of {plan.pool} images, {plan.subjects} subjects, noise of {found.benchmark.name}")
    print_table(
        [name_column("model"), name_column("layer"), number_column("score"), number_column("explains")],
        [[each.name, each.layer, number_text(each.score), number_text(each.explained, 2)] for each in plan.models],
    )
    print_text("")
    rows = [_planned_row("these images", plan.study)]
    if plan.random is not None:
        rows.append(_planned_row("as many at random", plan.random))
    headings = ("true model first", "and told from 2nd", "(at the ceiling)", "subjects for 80 %")
    print_table([text_column("over models"), *(number_column(each) for each in headings)], rows)
    print_text("")
    power, names = plan.study.as_measured, [each.name for each in plan.models]
    matrix = [
        [
            name,
            *(f"{share:.0%}" for share in power.found[place].tolist()),
            f"{power.certain[place]:.0%}",
            subjects_text(plan.study.fewest_of_each[place]),
        ]
        for place, name in enumerate(names)
    ]
    columns = [name_column("true model"), *(number_column(each) for each in names)]
    print_table(
        [*columns, number_column("told from 2nd"), number_column("subjects for 80 %")],
        matrix,
        title=f"Which model is first, of worlds; a standard error is {50 / plan.worlds**0.5:.1f} % at most",
    )
    print_text("")
    print_text(found.methods)
    print_text("")
    for each in REFERENCES:
        print_text(each)
    if out is not None:
        print_text(f"Wrote {out}")


def _planned_row(what: str, found: Planned) -> list[str]:
    power = found.as_measured
    return [
        what,
        f"{power.first:.0%}",
        f"{power.mean:.0%}",
        f"{found.in_full.mean:.0%}",
        subjects_text(found.fewest),
    ]
