"""`brainrank train`: make models of the controlled zoo, on any folder of images."""

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from brainrank.api.cli.layout import name_column, number_column, print_table
from brainrank.api.cli.options import Json, Precision
from brainrank.api.cli.output import clear_errors, messages, print_json, results
from brainrank.api.cli.progress import TerminalReporter
from brainrank.api.settings import Settings
from brainrank.benchmark.types.errors import BrainrankError, InvalidDataError, UserError
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.training.recipe import Recipe

if TYPE_CHECKING:
    from brainrank.models_zoo.training.make import Made, Sets

HELD_OUT_SHARE = 10


def train(
    objectives: Annotated[
        list[str],
        typer.Argument(metavar="OBJECTIVE...", help="Such as supervised, simclr or hmax; controlled-zoo.md has all."),
    ],
    *,
    images: Annotated[
        Path, typer.Option(metavar="DIR|ZIP", help="Images to learn from, each category in a folder of its own.")
    ],
    held_out: Annotated[
        Path | None, typer.Option(metavar="DIR|ZIP", help="Images for the probe; every tenth of --images unless given.")
    ] = None,
    seed: Annotated[list[int] | None, typer.Option(min=0, help="May be repeated; 0 unless given.")] = None,
    steps: Annotated[int, typer.Option(help="Steps of training.")] = 800,
    batch_size: Annotated[int, typer.Option(help="Images in a step.")] = 64,
    precision: Precision = "float32",
    threads: Annotated[int, typer.Option(min=1, help="The numbers depend on it in their last bits.")] = 1,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where weights, cards and checkpoints go.", show_default=False)
    ] = None,
    json: Json = False,
) -> None:
    """Train or fit small models that differ in their objective alone, and say what can be read out of them.

    A run that was stopped goes on where it was. Writes NAME-SEED.safetensors, its card NAME-SEED.json, and the folder
    NAME-SEED with checkpoints; score one with file:NAME-SEED.safetensors#trained:compact-resnet.
    """
    with clear_errors(), TerminalReporter() as reporter:
        import torch

        from brainrank.models_zoo.training.make import Made, check_name, make

        for name in objectives:
            check_name(name)
        recipe = Recipe(steps=steps, batch_size=batch_size, precision=precision)
        folder = out or Settings().home / "trained"
        torch.set_num_threads(threads)
        sets = _read(images, held_out, reporter)
        made, failures = list[Made](), list[BrainrankError]()
        for name, number in product(dict.fromkeys(objectives), dict.fromkeys(seed or [0])):
            try:
                made.append(make(name, sets, recipe, seed=number, folder=folder, reporter=reporter))
            except BrainrankError as error:  # the others may take hours, and are none the worse for it
                messages.print(f"[red]Failed:[/red] {name}-{number}: {escape(str(error))}", soft_wrap=True)
                failures.append(error)
    if json:
        print_json([{"weights": str(each.weights), **each.card} for each in made])
    elif made:
        _print(made)
    if failures:
        raise typer.Exit(2 if all(isinstance(each, UserError) for each in failures) else 1)


def _read(images: Path, held_out: Path | None, reporter: Reporter) -> "Sets":
    from brainrank.models_zoo.training.backbone import SIDE
    from brainrank.models_zoo.training.make import Sets
    from brainrank.models_zoo.training.training_images import read_images

    known = read_images(images, side=SIDE, reporter=reporter)
    if held_out is None:
        known, asked = known.split(every=HELD_OUT_SHARE)
        return Sets(known, asked, images, images)
    asked = read_images(held_out, side=SIDE, reporter=reporter)
    if asked.categories != known.categories:
        differing = sorted(set(asked.categories) ^ set(known.categories))
        raise InvalidDataError(
            f"{held_out} and {images} have different categories ({', '.join(differing[:5])}); the folders' names must "
            "be the same in both"
        )
    return Sets(known, asked, images, held_out)


def _print(made: "list[Made]") -> None:
    headings = ("minutes", "loss", "probe", "k-NN", "untrained", "clearly better")
    print_table([name_column("model"), *map(number_column, headings)], [_row(each) for each in made])
    results.print(f"in {made[0].weights.parent}", soft_wrap=True, markup=False)


def _row(made: "Made") -> list[str]:
    card = made.card
    curve, accuracy, compared = card.get("loss_curve"), card["accuracy"], card.get("compared_with_untrained")
    return [
        card["model"],
        f"{card['seconds'] / 60:.1f}",
        f"{curve[-1][1]:.3f}" if curve else "-",
        f"{accuracy['linear_probe']:.3f}" if accuracy else "-",
        f"{accuracy['nearest_neighbours']:.3f}" if accuracy else "-",
        f"{compared['untrained']['linear_probe']:.3f}" if compared else "-",
        ("yes" if compared["clear"] else "no") if compared else "-",
    ]
