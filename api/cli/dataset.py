"""`brainrank dataset`: the studies behind the benchmarks, and one's own data beside them."""

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer
from rich.markup import escape

from brainrank.api.cli.dataset_fetch import fetch
from brainrank.api.cli.dataset_options import (
    Affine,
    Mask,
    Mesh,
    Roi,
    RoiNames,
    SpaceName,
    files_by_region,
    parameters_in,
    stated_times,
)
from brainrank.api.cli.epochs_options import (
    Baseline,
    Decimate,
    DecodingName,
    EpochFiles,
    NoiseNormalise,
    Permutations,
    PseudoTrials,
    SlidingMean,
    StimulusColumn,
    given_epochs,
)
from brainrank.api.cli.layout import print_facts
from brainrank.api.cli.options import Columns, Json
from brainrank.api.cli.output import clear_errors, messages, print_json, results
from brainrank.api.cli.progress import TerminalReporter
from brainrank.api.services.home.new_package import start_package
from brainrank.api.services.submissions.packages import add as copy
from brainrank.api.services.submissions.packages import findings
from brainrank.api.services.submissions.packages import pack as write
from brainrank.api.services.views.inventory import dataset_facts
from brainrank.api.services.views.open_catalogue import open_catalogue
from brainrank.api.settings import Settings
from brainrank.benchmark.scoring.declarations import declared_benchmarks
from brainrank.datasets.package.added import remove as delete
from brainrank.datasets.package.description import DESCRIPTION
from brainrank.datasets.package.faults import count_text
from brainrank.datasets.package.given import Given
from brainrank.datasets.package.group_column import group_near_duplicates as write_groups
from brainrank.datasets.package.package import Package, read_parts
from brainrank.datasets.package.region_masks import GivenMask
from brainrank.datasets.package.start import Started
from brainrank.datasets.readers.axes import stated_axes
from brainrank.datasets.readers.trial_columns import stated_columns

dataset = typer.Typer(
    help="The studies behind the benchmarks, and your own data: nothing of them is ever sent.", no_args_is_help=True
)

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder with a dataset.toml.")]
dataset.command("fetch")(fetch)


@dataset.command("init")
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make, to describe, or to add to.")],
    *,
    images: Annotated[Path | None, typer.Option(metavar="DIR", help="Copy the images of this folder.")] = None,
    responses: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME=]FILE",
            help="Take these responses, of a region (or subject) NAME: .npy, .npz, .mat, .h5, .nc, .csv, .tsv, "
            ".parquet, .fif, .nii.gz; repeatable.",
        ),
    ] = None,
    axes: Annotated[
        str | None, typer.Option(metavar="NAMES", help="Axes of the responses, such as stimuli,repeats,targets.")
    ] = None,
    times: Annotated[
        str | None,
        typer.Option(
            metavar="START:STOP:STEP|FILE",
            help="Times of responses or RDMs, in ms from stimulus onset: -100:1200:10, or a file with a number a line.",
        ),
    ] = None,
    targets: Annotated[Path | None, typer.Option(metavar="FILE", help="Copy this .csv with a target_id each.")] = None,
    mask: Mask = None,
    mesh: Mesh = None,
    affine: Affine = None,
    space: SpaceName = None,
    roi: Roi = None,
    roi_names: RoiNames = None,
    rdms: Annotated[
        list[str] | None,
        typer.Option(metavar="[NAME=]FILE", help="Take these RDMs: .npz, .npy, .mat or .h5; repeatable."),
    ] = None,
    trials: Annotated[
        list[str] | None, typer.Option(metavar="[NAME=]FILE", help="Take these trials, .csv; repeatable.")
    ] = None,
    triplets: Annotated[
        list[str] | None,
        typer.Option(metavar="[NAME=]FILE", help="Take these odd-one-out judgements, .csv; repeatable."),
    ] = None,
    columns: Columns = None,
    epochs: EpochFiles = None,
    decoding: DecodingName = None,
    baseline: Baseline = None,
    sliding_mean_ms: SlidingMean = None,
    decimate: Decimate = None,
    noise_normalise: NoiseNormalise = None,
    pseudo_trials: PseudoTrials = None,
    permutations: Permutations = None,
    stimulus_column: StimulusColumn = None,
    region: Annotated[str | None, typer.Option(metavar="NAME", help="Name what was measured, such as v4.")] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A metric that fits what is measured (brainrank metrics list); encoding of responses, rsa of RDMs, "
            "both time-resolved with --times or of epochs, error-consistency of trials, odd-one-out of triplets unless "
            "told; repeatable.",
        ),
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A parameter of the metric, such as dissimilarity=crossnobis."),
    ] = None,
    visual_degrees: Annotated[float | None, typer.Option(help="The width at which the images were seen.")] = None,
    variable: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which array of the file is meant, if it has several.")
    ] = None,
    group_near_duplicates: Annotated[
        bool,
        typer.Option(
            "--group-near-duplicates",
            help="Write a group for images that are nearly the same; alone, also into a package that is there.",
        ),
    ] = False,
) -> None:
    """Start a package, or add to one: read what is given into DIR, list its images, and write a dataset.toml."""
    lines = []
    with clear_errors(), TerminalReporter() as reporter:
        given = Given(
            images=images,
            responses=files_by_region(responses, "--responses"),
            axes=None if axes is None else stated_axes(axes),
            targets=targets,
            rdms=files_by_region(rdms, "--rdms"),
            trials=files_by_region(trials, "--trials"),
            triplets=files_by_region(triplets, "--triplets"),
            region=region,
            visual_degrees=visual_degrees,
            variable=variable,
            masks=GivenMask(mask, affine, space, roi, roi_names, mesh),
            times_ms=None if times is None else stated_times(times),
            columns=None if columns is None else stated_columns(columns),
            epochs=given_epochs(
                epochs,
                decoding=decoding,
                baseline=baseline,
                noise=noise_normalise,
                stimulus_column=stimulus_column,
                sliding_mean_ms=sliding_mean_ms,
                decimate=decimate,
                pseudo_trials=pseudo_trials,
                permutations=permutations,
            ),
        )
        nothing = given == Given(responses={}, rdms={}, trials={}, triplets={}) and not metric and not parameter
        if not (group_near_duplicates and nothing and (folder / DESCRIPTION).is_file()):
            found = start_package(folder, given, metric or (), parameters_in(parameter), reporter)
            lines += _report(folder, found)
        if group_near_duplicates:
            written = [write_groups(folder, file, reporter) for file in read_parts(folder).tables]
            lines += [
                f"{each.file}: {each.images} images are in {count_text(each.groups, 'group')}" for each in written
            ]
    for line in (*lines, f"Next: brainrank dataset validate {quote(str(folder))}"):
        results.print(line, soft_wrap=True, markup=False)


def _report(folder: Path, found: Started) -> list[str]:
    lines = [f"Wrote {folder / 'dataset.toml'}"]
    if found.images:
        order = found.images if len(found.images) < 4 else (*found.images[:2], "...", found.images[-1])
        lines.append(f"{len(found.images)} images, in the order of stimuli.csv: {', '.join(order)}")
        if not found.matched:
            lines.append("That must be the order of the measurements: nothing can check it but you.")
    return [*lines, *found.measured]


@dataset.command("validate")
def validate(folder: Folder, *, json: Json = False) -> None:
    """Say everything that is wrong with a package, each fault with its file and line; exit 2 if anything is.

    What is odd but allowed, such as images that are nearly the same, is a warning.
    """
    with clear_errors(), TerminalReporter() as reporter:
        faults, warnings, groups = findings(folder, reporter)
    if json:
        found = {"faults": [each._asdict() for each in faults], "warnings": [each._asdict() for each in warnings]}
        print_json({**found, "groups": groups})
    else:
        for fault in faults:
            results.print(str(fault), soft_wrap=True, markup=False)
        for warning in warnings:
            results.print(f"warning: {warning}", soft_wrap=True, markup=False)
    if faults:
        messages.print(f"{folder} has {count_text(len(faults), 'fault')}", soft_wrap=True, markup=False)
        raise typer.Exit(2)
    if not json:
        for region, told in groups.items():
            results.print(f"{region}: {told}", soft_wrap=True, markup=False)
        next_step = f"{folder} is in order. Next: brainrank score MODEL... --dataset {quote(str(folder))}"
        results.print(next_step, soft_wrap=True, markup=False)


@dataset.command("pack")
def pack(
    folder: Folder,
    *,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to; NAME.zip here unless given.")] = None,
) -> None:
    """Write a package into one zip file to pass on: the same bytes on every machine."""
    with clear_errors(), TerminalReporter() as reporter:
        target = write(folder, output, reporter)
    results.print(f"Wrote {target}, {target.stat().st_size / 2**20:.1f} MiB", soft_wrap=True, markup=False)


@dataset.command("add")
def add(path: Annotated[Path, typer.Argument(metavar="DIR|ZIP", help="A package, as a folder or packed.")]) -> None:
    """Copy a package into brainrank's home: its benchmarks are then found by name."""
    with clear_errors(), TerminalReporter() as reporter:
        package = copy(path, Settings().locations, reporter)
    results.print(f"Added {package.name}. Its benchmarks:", soft_wrap=True, markup=False)
    for name in _benchmark_names(package):
        results.print(f"  {name}", soft_wrap=True, markup=False)


@dataset.command("remove")
def remove(name: Annotated[str, typer.Argument(metavar="NAME", help="A package that was added.")]) -> None:
    """Remove an added package. Its scores stay stored and show again when the same content is added."""
    with clear_errors():
        folder = delete(name, Settings().locations)
    results.print(f"Removed {folder}", soft_wrap=True, markup=False)


def _benchmark_names(package: Package) -> list[str]:
    return list(declared_benchmarks(package))


@dataset.command("list")
def list_datasets(*, json: Json = False) -> None:
    """List the studies, whether their files are on this machine, and what one may do with them."""
    with clear_errors():
        locations = Settings().locations
        rows = dataset_facts(open_catalogue(locations), locations)
    if json:
        print_json([row._asdict() for row in rows])
        return
    for row in rows:
        results.print(f"[bold]{row.name}[/bold]  {escape(row.title)}")
        facts = {"regions": row.regions, "groups": row.groups, "preprocessing": row.preprocessing, "here": row.here}
        facts |= {"licence": row.licence, "citation": row.citation}
        print_facts({f"    {key}:": value for key, value in facts.items() if value})
