"""`brainrank features`: what a model's layers put out for images, in a file."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from brainrank.api.cli.layout import name_column, number_column, print_table
from brainrank.api.cli.options import Device, Json, Layers, Memory, Precision
from brainrank.api.cli.output import STOPPED_CODE, clear_errors, messages, print_json, results
from brainrank.api.cli.progress import TerminalReporter
from brainrank.api.services.home.extract_features import asked_by_name, compute_into
from brainrank.api.services.views.dataset_images import images_of_dataset
from brainrank.api.settings import Settings
from brainrank.benchmark.feature_files.content import Content
from brainrank.benchmark.feature_files.draft import format_of
from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.datasets.memory.pictures import stimuli_from
from brainrank.models_zoo.catalogue import find_model


def features(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A name of the catalogue, or timm:NAME.")],
    *,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="Where to: .npz, .zarr, .h5 or .nc. Gone on with if stopped.")
    ],
    images: Annotated[
        list[Path] | None,
        typer.Option("--images", metavar="DIR|FILE", help="A folder of images, or images; repeatable."),
    ] = None,
    dataset: Annotated[
        str | None,
        typer.Option(
            "--dataset", metavar="DIR|NAME", help="The images of this study (STUDY.REGION) or package instead."
        ),
    ] = None,
    layers: Layers = None,
    pooling: Annotated[
        str, typer.Option(help="mean over space or patch tokens, flatten (all of it) or cls, the class token.")
    ] = "mean",
    device: Device = "auto",
    memory: Memory = None,
    precision: Precision = None,
    json: Json = False,
) -> None:
    """Write a model's features of images to a file, with the images' ids and what they were made of."""
    with clear_errors():
        settings = Settings()
        format_of(out)
        extraction = settings.extraction(memory=memory, precision=precision)
        spec = find_model(model)
        with TerminalReporter() as reporter, _stimuli(images or (), dataset, settings, reporter) as stimuli:
            asked = asked_by_name(
                spec, layers=layers or (), pooling=pooling, locations=settings.locations, reporter=reporter
            )
            asked = replace(asked, device=device, extraction=extraction)
            try:
                found = compute_into(asked, stimuli, out, reporter).content
            except KeyboardInterrupt as error:
                messages.print(
                    f"Stopped. {out} is not there yet; the same command goes on with what is done",
                    soft_wrap=True,
                    markup=False,
                )
                raise typer.Exit(STOPPED_CODE) from error
    _print(found, out, json=json)


def _stimuli(
    images: Sequence[Path], dataset: str | None, settings: Settings, reporter: Reporter
) -> AbstractContextManager[StimulusSet]:
    """The images that are meant. Raises UserError for none, and for two kinds."""
    if bool(images) == (dataset is not None):
        raise UserError("Say which images: --images DIR, or --dataset NAME for those of a study, and not both")
    given: object = images[0] if len(images) == 1 else list(images)
    if dataset is not None:
        given = images_of_dataset(dataset, settings.locations, reporter)
    return stimuli_from(given, name="images", reporter=reporter)


def _print(content: Content, out: Path, *, json: bool) -> None:
    if json:
        layers = [{"layer": layer, "features": count} for layer, count in content.features.items()]
        print_json({"file": str(out), "images": len(content.ids), "layers": layers, "receipt": dict(content.receipt)})
        return
    print_table(
        [name_column("layer"), number_column("features")],
        [[each, f"{count:,}"] for each, count in content.features.items()],
    )
    results.print(f"{len(content.ids):,} images in {out}", markup=False, soft_wrap=True)
